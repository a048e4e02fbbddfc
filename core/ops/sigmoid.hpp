// The logistic function and what is made of it, element by element.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor sigmoid(const Tensor& x);  // σ(x) = 1 / (1 + exp(−x))
Tensor silu(const Tensor& x);     // x·σ(x) (Hendrycks and Gimpel 2016)
// ln(1 + exp(βx)) / β, a smooth relu; x itself where βx > threshold.
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);
Tensor logsigmoid(const Tensor& x);  // ln σ(x)

OpInfos sigmoid_ops();

}  // namespace gradus
