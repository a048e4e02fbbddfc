#include "nn/encoder.hpp"

#include "core/ops/ops.hpp"

namespace gradus::nn {

FeedForward::FeedForward(FeedForwardOptions options)
    : in({.in = options.hidden, .out = options.intermediate}),
      out({.in = options.intermediate, .out = options.hidden}),
      activation_(options.activation) {
  add_module("intermediate.dense", in);
  add_module("output.dense", out);
}

Tensor FeedForward::forward(const Tensor& x) const {
  const Tensor inner =
      bias_gelu(linear(x, in.weight), in.bias, activation_);  // [..., intermediate]
  return out.forward(inner);                                  // [..., hidden]
}

EncoderLayer::EncoderLayer(EncoderOptions options)
    : attention(
          {.hidden = options.hidden, .heads = options.heads, .dropout = options.attention_dropout}),
      attention_norm({.dim = options.hidden, .eps = options.norm_eps}),
      feed_forward({.hidden = options.hidden,
                    .intermediate = options.intermediate,
                    .activation = options.activation}),
      output_norm({.dim = options.hidden, .eps = options.norm_eps}),
      norm_(options.norm),
      dropout_(options.dropout) {
  add_module("attention", attention);
  add_module("attention.output.LayerNorm", attention_norm);
  add_module("", feed_forward);
  add_module("output.LayerNorm", output_norm);
  add_module("dropout", dropout_);
}

Tensor EncoderLayer::add_and_norm(const Tensor& x, const Tensor& residual,
                                  const LayerNorm& norm) const {
  return dropout_add_layer_norm(
      x, residual, norm.weight, norm.bias,
      {.eps = norm.eps, .p = dropout_.probability(), .stream = dropout_.next_stream()});
}

// #region encoder-layer
Tensor EncoderLayer::forward(const Tensor& x, const Tensor& key_bias) const {
  // a = LN(x + Attention(x)),  y = LN(a + FFN(a))
  if (norm_ == NormPosition::post) {
    const Tensor attended = add_and_norm(attention.forward(x, x, key_bias), x, attention_norm);
    return add_and_norm(feed_forward.forward(attended), attended, output_norm);
  }
  // a = x + Attention(LN(x)),  y = a + FFN(LN(a))
  const Tensor normed = attention_norm.forward(x);
  const Tensor attended = x + dropout_.forward(attention.forward(normed, normed, key_bias));
  return attended + dropout_.forward(feed_forward.forward(output_norm.forward(attended)));
}
// #endregion encoder-layer

}  // namespace gradus::nn
