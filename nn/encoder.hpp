// One layer of a Transformer encoder: self-attention and a position-wise feed-forward network, each
// with a residual connection and layer norm (section 3.1 of Vaswani et al. 2017). Names of
// parameters are those of Hugging Face's BertLayer.
#pragma once

#include "core/kernels/elementwise.hpp"
#include "nn/attention.hpp"

namespace gradus::nn {

struct FeedForwardOptions {
  int64_t hidden;
  int64_t intermediate;
  kernels::GeluForm activation = kernels::GeluForm::erf;
};

// FFN(x) = gelu(x·W₁ + b₁)·W₂ + b₂: equation (2) of Vaswani et al. with GELU in place of ReLU.
class FeedForward : public Module {
 public:
  explicit FeedForward(FeedForwardOptions options);
  Tensor forward(const Tensor& x) const;  // [..., hidden] → [..., hidden]

  Linear in, out;

 private:
  kernels::GeluForm activation_;
};

// Where layer norm stands: after each residual sum, as in BERT and in the first Transformer, or
// before each sublayer, which trains more easily (Xiong et al. 2020); what the last pre-LN layer gives
// is not normalised, and wants one more LayerNorm.
enum class NormPosition { post, pre };

struct EncoderOptions {
  int64_t hidden;
  int64_t heads;
  int64_t intermediate;
  double dropout = 0;            // after each sublayer
  double attention_dropout = 0;  // on the attention probabilities
  double norm_eps = 1e-12;
  kernels::GeluForm activation = kernels::GeluForm::erf;
  NormPosition norm = NormPosition::post;
};

class EncoderLayer : public Module {
 public:
  explicit EncoderLayer(EncoderOptions options);

  // x [batch, seq, hidden], key_bias [batch, seq] or undefined → [batch, seq, hidden]
  Tensor forward(const Tensor& x, const Tensor& key_bias = {}) const;

  MultiHeadAttention attention;
  LayerNorm attention_norm;
  FeedForward feed_forward;
  LayerNorm output_norm;

 private:
  // layer_norm(residual + dropout(x))
  Tensor add_and_norm(const Tensor& x, const Tensor& residual, const LayerNorm& norm) const;

  NormPosition norm_;
  Dropout dropout_;
};

}  // namespace gradus::nn
