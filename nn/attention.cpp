#include "nn/attention.hpp"

#include <algorithm>
#include <limits>

#include "core/ops/ops.hpp"

namespace gradus::nn {
namespace {

void check_shapes(const Tensor& x, const Tensor& memory, int64_t hidden) {
  require<ShapeError>(
      x.dim() == 3 && memory.dim() == 3 && x.size(2) == hidden && memory.size(2) == hidden,
      "attention: expected vectors of {} in [batch, seq, hidden], got {} and {}", hidden, x.shape(),
      memory.shape());
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(AttentionOptions options)
    : query({.in = options.hidden, .out = options.hidden}),
      key({.in = options.hidden, .out = options.hidden}),
      value({.in = options.hidden, .out = options.hidden}),
      output({.in = options.hidden, .out = options.hidden}),
      heads_(options.heads),
      dropout_(options.dropout) {
  require<ValueError>(options.heads > 0 && options.hidden % options.heads == 0,
                      "attention: hidden size {} is not a multiple of {} heads", options.hidden,
                      options.heads);
  add_module("self.query", query);
  add_module("self.key", key);
  add_module("self.value", value);
  add_module("output.dense", output);
  add_module("self.dropout", dropout_);
}

// [batch, seq, hidden] → [batch, seq, heads, head_dim], without moving anything
Tensor MultiHeadAttention::split_heads(const Tensor& x) const {
  return x.view({x.size(0), x.size(1), heads_, x.size(2) / heads_});
}

// #region multi-head
Tensor MultiHeadAttention::forward(const Tensor& x, const Tensor& memory,
                                   const Tensor& key_bias) const {
  check_shapes(x, memory, query.weight.size(1));
  const gradus::AttentionOptions options{
      .key_bias = key_bias, .p = dropout_.probability(), .stream = dropout_.next_stream()};
  if (x.is_same(memory)) return output.forward(attend_to_itself(x, options));

  const Tensor q = split_heads(query.forward(x));       // [batch, seq_q, heads, head_dim]
  const Tensor k = split_heads(key.forward(memory));    // [batch, seq_k, heads, head_dim]
  const Tensor v = split_heads(value.forward(memory));  // [batch, seq_k, heads, head_dim]
  const Tensor heads = attention(q, k, v, options);     // [batch, seq_q, heads, head_dim]
  return output.forward(heads.view(x.shape()));         // [batch, seq_q, hidden]
}
// #endregion multi-head

// #region one-product
// The three projections of one x are one product: [Wq; Wk; Wv] has the rows of all three.
Tensor MultiHeadAttention::attend_to_itself(const Tensor& x,
                                            const gradus::AttentionOptions& options) const {
  const Tensor weight = cat({query.weight, key.weight, value.weight}, 0);  // [3·hidden, hidden]
  const Tensor bias = cat({query.bias, key.bias, value.bias}, 0);          // [3·hidden]
  const int64_t batch = x.size(0), seq = x.size(1), head_dim = x.size(2) / heads_;
  const Tensor qkv = linear(x, weight, bias).view({batch, seq, 3, heads_, head_dim});
  return self_attention(qkv, options).view(x.shape());  // [batch, seq, hidden]
}
// #endregion one-product

Tensor MultiHeadAttention::weights(const Tensor& x, const Tensor& memory,
                                   const Tensor& key_bias) const {
  check_shapes(x, memory, query.weight.size(1));
  return attention_weights(split_heads(query.forward(x)), split_heads(key.forward(memory)),
                           key_bias);
}

Tensor key_bias_from_mask(const Tensor& mask, DType dtype) {
  const std::vector<bool> counts = to(mask, DType::boolean).to_vector<bool>();
  if (std::all_of(counts.begin(), counts.end(), [](bool c) { return c; })) return {};
  const Tensor padding = eq(to(mask, DType::boolean), zeros({}, DType::boolean));
  return masked_fill(zeros(mask.shape(), dtype), padding, -std::numeric_limits<double>::infinity());
}

}  // namespace gradus::nn
