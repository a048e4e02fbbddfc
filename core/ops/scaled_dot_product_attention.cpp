#include "core/ops/scaled_dot_product_attention.hpp"

#include <cmath>

#include "core/ops/attention.hpp"
#include "core/ops/dropout.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/matmul.hpp"
#include "core/ops/pointwise.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"
#include "core/ops/softmax.hpp"

namespace gradus {
namespace {

constexpr std::string_view kName = "scaled_dot_product_attention";
void check_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                     const ScaledDotProductOptions& options) {
  require<ShapeError>(q.dim() >= 2 && k.dim() >= 2 && v.dim() >= 2 && q.size(-1) == k.size(-1) &&
                          k.size(-2) == v.size(-2),
                      "{}: q {}, k {} and v {} must be [..., seq_q, dim], [..., seq_k, dim] and "
                      "[..., seq_k, dim_v]",
                      kName, q.shape(), k.shape(), v.shape());
  require_same_dtype(kName, q.dtype(), k.dtype());
  require_same_dtype(kName, q.dtype(), v.dtype());
  require<ValueError>(options.dropout_p >= 0 && options.dropout_p < 1,
                      "{}: dropout_p must be in [0, 1), got {}", kName, options.dropout_p);
  require<ValueError>(!options.is_causal || !options.attn_mask.defined(),
                      "{}: is_causal makes a mask of its own; give no attn_mask with it", kName);
}

// A mask of either kind as what is added to the scores: 0 where a key takes part, −∞ elsewhere.
Tensor as_bias(const Tensor& mask, DType dtype) {
  if (mask.dtype() != DType::boolean) {
    require_same_dtype(kName, dtype, mask.dtype());
    return mask;
  }
  return where(mask, zeros({}, dtype), scalar(-kInfinity, dtype));
}

// −∞ for keys that come after the query: [seq_q, seq_k]
Tensor causal_bias(int64_t seq_q, int64_t seq_k, DType dtype) {
  const Tensor later = gt(arange(seq_k), unsqueeze(arange(seq_q), 1));
  return where(later, scalar(-kInfinity, dtype), zeros({}, dtype));
}

// The textbook's steps, one after the other; bias may be undefined.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias,
              const ScaledDotProductOptions& options) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
  Tensor scores = matmul(q, transpose(k, -2, -1)) * scale;  // [..., seq_q, seq_k]
  Tensor none;                                              // queries without any key
  if (bias.defined()) {
    require<ShapeError>(stretches_to(bias.shape(), scores.shape()),
                        "{}: attn_mask {} does not broadcast to the scores {}", kName, bias.shape(),
                        scores.shape());
    scores = scores + bias;
    none = eq(amax(scores.detach(), -1, true), scalar(-kInfinity, scores.dtype()));
    scores = masked_fill(scores, none, 0);  // softmax of −∞ alone would be 0/0
  }
  Tensor probs = softmax(scores, -1);
  if (none.defined()) probs = masked_fill(probs, none, 0);
  return matmul(dropout(probs, options.dropout_p, options.stream), v);
}

// What the fused form knows of masks: one bias for each key of a sequence. [batch, 1, 1, seq_k]
bool masks_keys(const Tensor& mask, const Tensor& k) {
  return mask.shape() == Shape{k.size(0), 1, 1, k.size(2)} && !mask.requires_grad();
}

bool fits_fused(const Tensor& q, const Tensor& k, const Tensor& v,
                const ScaledDotProductOptions& options) {
  return q.dim() == 4 && k.dim() == 4 && k.shape() == v.shape() && q.size(0) == k.size(0) &&
         q.size(1) == k.size(1) && k.size(2) > 0 && !options.is_causal &&
         (!options.attn_mask.defined() || masks_keys(options.attn_mask, k));
}

// Attention in the layout [batch, seq, heads, head_dim]
Tensor fused(const Tensor& q, const Tensor& k, const Tensor& v,
             const ScaledDotProductOptions& options) {
  AttentionOptions same{.p = options.dropout_p, .stream = options.stream};
  if (options.attn_mask.defined()) {
    same.key_bias = reshape(as_bias(options.attn_mask, q.dtype()), {k.size(0), k.size(2)});
  }
  const Tensor out = attention(transpose(q, 1, 2), transpose(k, 1, 2), transpose(v, 1, 2), same);
  return transpose(out, 1, 2);
}

Samples attention_samples() {
  const Tensors heads{sample_normal({1, 2, 2, 3}), sample_normal({1, 2, 3, 3}, 1),
                      sample_normal({1, 2, 3, 3}, 2)};
  const Tensors flat{sample_normal({2, 3}), sample_normal({2, 3}, 1), sample_normal({2, 4}, 2)};
  const auto with = [](const ScaledDotProductOptions& options) {
    return [=](const Tensors& in) {
      return scaled_dot_product_attention(in[0], in[1], in[2], options);
    };
  };
  const auto biased = [](const Tensors& in) {
    return scaled_dot_product_attention(in[0], in[1], in[2], {.attn_mask = in[3]});
  };
  const Tensor mask = gt(tensor({1, 0, 1, 0, 1, 1}), scalar(0)).view({2, 3});
  return {{"heads, fused", heads, with({})},
          {"bool mask and dropout", heads,
           with({.attn_mask = mask, .dropout_p = 0.3, .stream = {.seed = 1, .stream = 2}})},
          {"causal, other values", flat, with({.is_causal = true})},
          {"added mask", {flat[0], flat[1], flat[2], sample_normal({2}, 3)}, biased}};
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const ScaledDotProductOptions& options) {
  check_attention(q, k, v, options);
  if (fits_fused(q, k, v, options)) return fused(q, k, v, options);
  Tensor bias;
  if (options.is_causal) bias = causal_bias(q.size(-2), k.size(-2), q.dtype());
  if (options.attn_mask.defined()) bias = as_bias(options.attn_mask, q.dtype());
  return attend(q, k, v, bias, options);
}

OpInfos scaled_dot_product_attention_ops() {
  return {OpInfo{"scaled_dot_product_attention", &attention_samples}};
}

}  // namespace gradus
