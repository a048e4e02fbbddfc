// Functions of one argument, element by element, for floating dtypes.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor exp(const Tensor& x);
Tensor expm1(const Tensor& x);  // exp(x) − 1, exact near 0
Tensor log(const Tensor& x);    // natural
Tensor log1p(const Tensor& x);  // ln(1 + x), exact near 0
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);       // 1/√x
Tensor square(const Tensor& x);      // x²
Tensor reciprocal(const Tensor& x);  // 1/x
Tensor sin(const Tensor& x);         // of radians
Tensor cos(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor erf(const Tensor& x);  // 2/√π ∫₀ˣ exp(−t²) dt

OpInfos unary_ops();

}  // namespace gradus
