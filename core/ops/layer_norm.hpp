// Layer normalisation (Ba et al. 2016) over the last dimension, alone and fused with the residual
// connection before it, as after every sublayer of a post-LN Transformer.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/random/philox.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// y = gamma·(x − mean) / √(var + eps) + beta:  x [..., dim], gamma and beta [dim]; mean and (biased)
// variance over the last dimension.
Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps);

// What a norm that is fused with a dropout needs besides tensors.
struct NormDropout {
  double eps = 1e-12;
  double p = 0;           // of the dropout, in [0, 1)
  RandomStream stream{};  // of its mask
};
// layer_norm(residual + dropout(x)):  x and residual [..., dim]
Tensor dropout_add_layer_norm(const Tensor& x, const Tensor& residual, const Tensor& gamma,
                              const Tensor& beta, NormDropout options);

namespace textbook {
Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps);
Tensor dropout_add_layer_norm(const Tensor& x, const Tensor& residual, const Tensor& gamma,
                              const Tensor& beta, NormDropout options);
}  // namespace textbook

OpInfos layer_norm_ops();
FusedPairs layer_norm_pairs();

}  // namespace gradus
