// Arithmetic, element by element. Operands broadcast as in PyTorch and must have the same dtype; a
// double stands for a tensor of one element with the dtype of the other operand.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/unary.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor add(const Tensor& a, const Tensor& b);  // a + b
Tensor sub(const Tensor& a, const Tensor& b);  // a − b
Tensor mul(const Tensor& a, const Tensor& b);  // a · b
Tensor div(const Tensor& a, const Tensor& b);  // a / b; floating dtypes only
Tensor neg(const Tensor& x);                   // −x
Tensor pow(const Tensor& x, double exponent);  // x^exponent
Tensor pow(const Tensor& base, const Tensor& exponent);

// x in another dtype. Between floating dtypes the gradient is converted back; otherwise none flows.
Tensor to(const Tensor& x, DType dtype);

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& x);
Tensor operator+(const Tensor& a, double b);
Tensor operator-(const Tensor& a, double b);
Tensor operator*(const Tensor& a, double b);
Tensor operator/(const Tensor& a, double b);
Tensor operator+(double a, const Tensor& b);
Tensor operator-(double a, const Tensor& b);
Tensor operator*(double a, const Tensor& b);
Tensor operator/(double a, const Tensor& b);

OpInfos elementwise_ops();

}  // namespace gradus
