// Comparisons and logic: the results are bool and have no gradient. Operands broadcast.
#pragma once

#include "core/tensor/tensor.hpp"

namespace gradus {

// Operands of one dtype. A comparison with NaN is false, but for ne.
Tensor eq(const Tensor& a, const Tensor& b);  // a = b
Tensor ne(const Tensor& a, const Tensor& b);  // a ≠ b
Tensor lt(const Tensor& a, const Tensor& b);  // a < b
Tensor le(const Tensor& a, const Tensor& b);  // a ≤ b
Tensor gt(const Tensor& a, const Tensor& b);  // a > b
Tensor ge(const Tensor& a, const Tensor& b);  // a ≥ b
// The number stands for a tensor of one element with a's dtype.
Tensor eq(const Tensor& a, double b);
Tensor ne(const Tensor& a, double b);
Tensor lt(const Tensor& a, double b);
Tensor le(const Tensor& a, double b);
Tensor gt(const Tensor& a, double b);
Tensor ge(const Tensor& a, double b);

// Operands of any dtype: what is not 0 is true.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);

}  // namespace gradus
