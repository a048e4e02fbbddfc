// Choices by a bool tensor, as comparisons give. Operands broadcast and must have the same dtype.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/compare.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// condition ? a : b, for a bool condition.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
// x, but `value` where mask (bool, broadcasts to x) is true.
Tensor masked_fill(const Tensor& x, const Tensor& mask, double value);

OpInfos mask_ops();

}  // namespace gradus
