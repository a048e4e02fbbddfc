// Attention in PyTorch's spelling: equation (1) of Vaswani et al. 2017 over any leading dimensions,
// with any mask. The fused form for a layer's own layout is in attention.hpp.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/random/philox.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

struct ScaledDotProductOptions {
  Tensor attn_mask{};      // broadcasts to [..., seq_q, seq_k]: bool, true where a key takes part;
                           // or added to the scores; or undefined
  double dropout_p = 0;    // on the probabilities, in [0, 1)
  bool is_causal = false;  // query i sees keys 0 to i alone; then without attn_mask
  RandomStream stream{};   // of the dropout
};

// softmax(q·kᵀ/√dim + mask)·v:  q [..., seq_q, dim], k [..., seq_k, dim], v [..., seq_k, dim_v]
// → [..., seq_q, dim_v]. A query whose keys are all masked gets 0.
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const ScaledDotProductOptions& options = {});

OpInfos scaled_dot_product_attention_ops();

}  // namespace gradus
