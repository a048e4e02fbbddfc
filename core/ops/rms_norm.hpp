// Root mean square normalisation (Zhang and Sennrich 2019) over the last dimension.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// y = weight·x / √(mean(x²) + eps):  x [..., dim], weight [dim] or undefined
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps = 1e-6);

OpInfos rms_norm_ops();

}  // namespace gradus
