// GELU (Hendrycks and Gimpel 2016), alone and fused with the bias of the layer before it.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

using kernels::GeluForm;

// x·Φ(x); with GeluForm::tanh, Φ(x) ≈ ½(1 + tanh(√(2/π)(x + 0.044715x³))).
Tensor gelu(const Tensor& x, GeluForm form = GeluForm::erf);

// gelu(x + bias):  x [..., dim], bias [dim]
Tensor bias_gelu(const Tensor& x, const Tensor& bias, GeluForm form = GeluForm::erf);

namespace textbook {
Tensor gelu(const Tensor& x, GeluForm form = GeluForm::erf);
Tensor bias_gelu(const Tensor& x, const Tensor& bias, GeluForm form = GeluForm::erf);
}  // namespace textbook

OpInfos activation_ops();
FusedPairs activation_pairs();

}  // namespace gradus
