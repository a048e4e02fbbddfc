// Dropout (Srivastava et al. 2014).
#pragma once

#include "core/autograd/samples.hpp"
#include "core/random/philox.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Each element is 0 with probability p, and x / (1 − p) otherwise; which ones is a function of the
// stream alone. p in [0, 1). The caller leaves it out when not training.
Tensor dropout(const Tensor& x, double p, RandomStream stream);

OpInfos dropout_ops();

}  // namespace gradus
