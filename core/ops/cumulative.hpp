// Sums that run along a dimension.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// y_i = Σ_{j≤i} x_j along `dim`
Tensor cumsum(const Tensor& x, int64_t dim);

OpInfos cumulative_ops();

}  // namespace gradus
