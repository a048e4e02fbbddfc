// Scaled dot-product attention: equation (1) of Vaswani et al. 2017,
//   Attention(Q, K, V) = softmax(Q·Kᵀ/√d)·V,
// for all heads at once, in the layout [batch, seq, heads, head_dim] in which a projection's output
// already lies.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/random/philox.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

struct AttentionOptions {
  Tensor key_bias{};  // [batch, seq_k], added to the scores: 0, or −∞ for padding; or undefined
  bool causal = false;    // query i sees keys 0 … i alone
  double p = 0;           // dropout on the probabilities, in [0, 1)
  RandomStream stream{};  // of its mask
};

// q [batch, seq_q, heads, head_dim], k and v [batch, seq_k, heads, head_dim]
// → [batch, seq_q, heads, head_dim]. A query whose keys are all masked gets 0.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v,
                 const AttentionOptions& options);

// The same of queries, keys and values that one product has made: qkv [batch, seq, 3, heads, head_dim]
// → [batch, seq, heads, head_dim].
Tensor self_attention(const Tensor& qkv, const AttentionOptions& options);

// The probabilities alone, before dropout: [batch, heads, seq_q, seq_k].
Tensor attention_weights(const Tensor& q, const Tensor& k, const Tensor& key_bias = {},
                         bool causal = false);

namespace textbook {
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v,
                 const AttentionOptions& options);
Tensor self_attention(const Tensor& qkv, const AttentionOptions& options);
}  // namespace textbook

OpInfos attention_ops();
FusedPairs attention_pairs();

}  // namespace gradus
