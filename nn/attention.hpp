// Multi-head attention: section 3.2.2 of Vaswani et al. 2017,
//   MultiHead(Q, K, V) = Concat(head_1, ..., head_h)·W^O,
//   head_i = Attention(Q·W_i^Q, K·W_i^K, V·W_i^V).
// The heads' projections are one matrix each for Q, K and V; "splitting" into heads is only a view.
#pragma once

#include "core/ops/attention.hpp"
#include "nn/layers.hpp"

namespace gradus::nn {

struct AttentionOptions {
  int64_t hidden;  // size of a token's vector; a multiple of heads
  int64_t heads;
  double dropout = 0;  // on the attention probabilities
};

class MultiHeadAttention : public Module {
 public:
  explicit MultiHeadAttention(AttentionOptions options);

  // Queries from x [batch, seq_q, hidden], keys and values from memory [batch, seq_k, hidden], which
  // is x itself for self-attention. key_bias [batch, seq_k] is 0 for a key that counts and −∞ for
  // padding; undefined: all count. → [batch, seq_q, hidden]. Throws ShapeError if they do not fit.
  Tensor forward(const Tensor& x, const Tensor& memory, const Tensor& key_bias = {}) const;

  // How much each query looks at each key: [batch, heads, seq_q, seq_k], rows sum to 1.
  Tensor weights(const Tensor& x, const Tensor& memory, const Tensor& key_bias = {}) const;

  Linear query, key, value, output;

 private:
  Tensor split_heads(const Tensor& x) const;
  Tensor attend_to_itself(const Tensor& x, const gradus::AttentionOptions& options) const;

  int64_t heads_;
  Dropout dropout_;
};

// key_bias for a mask [batch, seq] that is true (or nonzero) for tokens and false for padding;
// undefined if there is no padding.
Tensor key_bias_from_mask(const Tensor& mask, DType dtype = DType::float32);

}  // namespace gradus::nn
