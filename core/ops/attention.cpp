#include "core/ops/attention.hpp"

#include <cmath>

#include "core/autograd/apply.hpp"
#include "core/autograd/textbook_backward.hpp"
#include "core/kernels/attention.hpp"
#include "core/ops/dropout.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/matmul.hpp"
#include "core/ops/pointwise.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"
#include "core/ops/softmax.hpp"
#include "core/ops/triangle.hpp"

namespace gradus {
namespace {

void check_shapes(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& key_bias) {
  require<ShapeError>(q.dim() == 4 && k.dim() == 4 && k.shape() == v.shape() &&
                          q.size(0) == k.size(0) && q.size(2) == k.size(2) &&
                          q.size(3) == k.size(3),
                      "attention: q {}, k {} and v {} must be [batch, seq, heads, head_dim]",
                      q.shape(), k.shape(), v.shape());
  if (key_bias.defined()) {
    require<ShapeError>(key_bias.shape() == Shape{k.size(0), k.size(1)},
                        "attention: key_bias {} must be [batch, seq_k] = [{}, {}]",
                        key_bias.shape(), k.size(0), k.size(1));
  }
  require<DTypeError>(q.dtype() == k.dtype() && q.dtype() == v.dtype() &&
                          (!key_bias.defined() || key_bias.dtype() == q.dtype()),
                      "attention: dtypes differ: q holds {}, k {}, v {}, key_bias {}",
                      name_of(q.dtype()), name_of(k.dtype()), name_of(v.dtype()),
                      key_bias.defined() ? name_of(key_bias.dtype()) : "none");
}

// −∞ for the keys that come after a query, 0 for the others: [1, 1, seq_q, seq_k]
Tensor later_keys(int64_t seq_q, int64_t seq_k, DType dtype) {
  return triu(full({1, 1, seq_q, seq_k}, -kInfinity, dtype), 1);
}

double scale_of(const Tensor& q) { return 1 / std::sqrt(static_cast<double>(q.size(3))); }

// What the kernel works on: Q, K and V with their positions equally far apart, and the options.
struct Call {
  Tensor q, k, v;
  int64_t stride;  // between positions
  AttentionOptions options;

  static Call of(const Tensor& q, const Tensor& k, const Tensor& v, AttentionOptions options) {
    if (options.key_bias.defined()) options.key_bias = options.key_bias.contiguous();
    return {q.contiguous(), k.contiguous(), v.contiguous(), q.size(2) * q.size(3),
            std::move(options)};
  }
  static Call of(const Tensor& qkv_in, AttentionOptions options) {
    if (options.key_bias.defined()) options.key_bias = options.key_bias.contiguous();
    const Tensor qkv = qkv_in.contiguous();
    return {select(qkv, 2, 0), select(qkv, 2, 1), select(qkv, 2, 2), 3 * qkv.size(3) * qkv.size(4),
            std::move(options)};
  }

  kernels::AttentionShape shape() const {
    return {q.size(0), q.size(2), q.size(1), k.size(1), q.size(3), stride};
  }
  template <class T>
  kernels::AttentionScores<T> scores() const {
    const Tensor& bias = options.key_bias;
    return {.scale = scale_of(q),
            .key_bias = bias.defined() ? bias.data<T>() : nullptr,
            .causal = options.causal,
            .drop = {options.p, options.stream}};
  }

  // The result, and the log of each row's sum, [batch, heads, seq_q], which backward reads.
  struct Result {
    Tensor out, log_sums;
  };
  Result forward() const {
    const Result result{empty(q.shape(), q.dtype()),
                        empty({q.size(0), q.size(2), q.size(1)}, q.dtype())};
    dispatch_floating("attention", q.dtype(), [&]<class T>() {
      kernels::attention(
          shape(), scores<T>(), q.data<T>(), k.data<T>(), v.data<T>(),
          kernels::AttentionResult<T>{result.out.data<T>(), result.log_sums.data<T>()});
    });
    return result;
  }
  // Fills d, which lies as this does.
  void backward(const Result& result, const Tensor& dout_in, const Call& d) const {
    const Tensor dout = dout_in.contiguous();
    dispatch_floating("attention", q.dtype(), [&]<class T>() {
      kernels::attention_backward(
          shape(), scores<T>(), q.data<T>(), k.data<T>(), v.data<T>(),
          kernels::AttentionResult<const T>{result.out.data<T>(), result.log_sums.data<T>()},
          dout.data<T>(), d.q.data<T>(), d.k.data<T>(), d.v.data<T>());
    });
  }
};

// P = softmax(Q·Kᵀ/√d + mask),  O = dropout(P)·V
// dV = dropout(P)ᵀ·dO,  dP = dropout(dO·Vᵀ),  dS = P⊙(dP − Σ_k dP⊙P),  dQ = dS·K/√d,  dK = dSᵀ·Q/√d
// where Σ_k dP⊙P = Σ_c dO⊙O, as O = dropout(P)·V
struct Attention {
  static constexpr std::string_view name = "attention";
  static constexpr bool joint_backward = true;
  AttentionOptions options{};
  Saved q{}, k{}, v{}, key_bias{}, out{}, log_sums{};

  Tensor forward(const Tensor& q_in, const Tensor& k_in, const Tensor& v_in) {
    q = q_in, k = k_in, v = v_in, key_bias = options.key_bias;
    const Call::Result result = Call::of(q_in, k_in, v_in, options).forward();
    log_sums = result.log_sums;
    out = result.out;
    return result.out;
  }
  Tensors backward(const Tensor& dout) const {
    const AttentionOptions unchanged{key_bias, options.causal, options.p, options.stream};
    if (grad_enabled()) {
      return textbook_backward(
          [&](const Tensors& in) { return textbook::attention(in[0], in[1], in[2], unchanged); },
          {q, k, v}, dout);
    }
    const Call call = Call::of(q, k, v, unchanged);
    const Tensor dq = empty_like(call.q), dk = empty_like(call.k), dv = empty_like(call.v);
    call.backward({out, log_sums}, dout, {dq, dk, dv, call.stride, {}});
    return {dq, dk, dv};
  }
  static Samples samples() {
    const Tensors inputs{sample_normal({2, 2, 2, 3}), sample_normal({2, 4, 2, 3}, 1),
                         sample_normal({2, 4, 2, 3}, 2)};
    const Tensor key_bias = zeros({2, 4}, DType::float64);
    key_bias.narrow(1, 3, 1).fill_(-kInfinity);
    const auto dropped = [key_bias](const Tensors& x) {
      return attention(
          x[0], x[1], x[2],
          {.key_bias = to(key_bias, x[0].dtype()), .p = 0.3, .stream = {.seed = 1, .stream = 2}});
    };
    return {{"plain", inputs, [](const Tensors& x) { return attention(x[0], x[1], x[2], {}); }},
            {"causal", inputs,
             [](const Tensors& x) { return attention(x[0], x[1], x[2], {.causal = true}); }},
            {"padding and dropout", inputs, dropped}};
  }
};

// The same with Q, K and V in one tensor, [batch, seq, 3, heads, head_dim], and their gradients too
struct SelfAttention {
  static constexpr std::string_view name = "self_attention";
  AttentionOptions options{};
  Saved qkv{}, key_bias{}, out{}, log_sums{};

  Tensor forward(const Tensor& qkv_in) {
    qkv = qkv_in, key_bias = options.key_bias;
    const Call::Result result = Call::of(qkv_in, options).forward();
    log_sums = result.log_sums;
    out = result.out;
    return result.out;
  }
  Tensors backward(const Tensor& dout) const {
    const AttentionOptions unchanged{key_bias, options.causal, options.p, options.stream};
    if (grad_enabled()) {
      return textbook_backward(
          [&](const Tensors& in) { return textbook::self_attention(in[0], unchanged); }, {qkv},
          dout);
    }
    const Tensor dqkv = empty(qkv.get().shape(), dout.dtype());
    Call::of(qkv, unchanged).backward({out, log_sums}, dout, Call::of(dqkv, {}));
    return {dqkv};
  }

  static Samples samples() {
    const Tensor qkv = sample_normal({2, 3, 3, 2, 3});
    const Tensor key_bias = zeros({2, 3}, DType::float64);
    key_bias.narrow(1, 2, 1).fill_(-kInfinity);
    const auto dropped = [key_bias](const Tensors& x) {
      return self_attention(
          x[0],
          {.key_bias = to(key_bias, x[0].dtype()), .p = 0.3, .stream = {.seed = 1, .stream = 2}});
    };
    return {
        {"plain", {qkv}, [](const Tensors& x) { return self_attention(x[0], {}); }},
        {"causal", {qkv}, [](const Tensors& x) { return self_attention(x[0], {.causal = true}); }},
        {"padding and dropout", {qkv}, dropped}};
  }
};

void check_dropout(double p) {
  require<ValueError>(p >= 0 && p < 1,
                      "attention: the dropout probability must be in [0, 1), got {}", p);
}

}  // namespace

Tensor self_attention(const Tensor& qkv, const AttentionOptions& options) {
  require<ShapeError>(qkv.dim() == 5 && qkv.size(2) == 3,
                      "self_attention: expected [batch, seq, 3, heads, head_dim], got {}",
                      qkv.shape());
  const Tensor q = select(qkv.detach(), 2, 0);
  check_shapes(q, q, q, options.key_bias);
  check_dropout(options.p);
  return apply(SelfAttention{options}, qkv);
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v,
                 const AttentionOptions& options) {
  check_shapes(q, k, v, options.key_bias);
  check_dropout(options.p);
  return apply(Attention{options}, q, k, v);
}

Tensor attention_weights(const Tensor& q, const Tensor& k, const Tensor& key_bias, bool causal) {
  check_shapes(q, k, k, key_bias);
  const Tensor queries = permute(q, {0, 2, 1, 3});  // [batch, heads, seq_q, head_dim]
  const Tensor keys = permute(k, {0, 2, 3, 1});     // [batch, heads, head_dim, seq_k]
  const Tensor scores = matmul(queries, keys) * scale_of(q);
  if (!key_bias.defined() && !causal) return softmax(scores, -1);
  Tensor bias = zeros({}, scores.dtype());  // [batch or 1, 1, seq_q or 1, seq_k]
  if (key_bias.defined()) bias = view(key_bias.contiguous(), {k.size(0), 1, 1, k.size(1)});
  if (causal) bias = bias + later_keys(q.size(1), k.size(1), scores.dtype());
  // a query with no key at all has scores of −∞ alone, whose softmax is 0/0; it attends to nothing
  const Tensor none = eq(amax(bias, -1, true), scalar(-kInfinity, bias.dtype()));
  return masked_fill(softmax(where(none, zeros({}, scores.dtype()), scores + bias), -1),
                     expand(none, scores.shape()), 0);
}

Tensor textbook::attention(const Tensor& q, const Tensor& k, const Tensor& v,
                           const AttentionOptions& options) {
  const Tensor probs =  // [batch, heads, seq_q, seq_k]
      attention_weights(q, k, options.key_bias, options.causal);
  const Tensor values = permute(v, {0, 2, 1, 3});  // [batch, heads, seq_k, head_dim]
  const Tensor mixed = matmul(dropout(probs, options.p, options.stream), values);
  return permute(mixed, {0, 2, 1, 3});  // [batch, seq_q, heads, head_dim]
}

Tensor textbook::self_attention(const Tensor& qkv, const AttentionOptions& options) {
  return textbook::attention(select(qkv, 2, 0), select(qkv, 2, 1), select(qkv, 2, 2), options);
}

OpInfos attention_ops() { return {op_info<Attention>(), op_info<SelfAttention>()}; }

FusedPairs attention_pairs() {
  const Tensors inputs{sample_normal({2, 7, 3, 8}), sample_normal({2, 9, 3, 8}, 1),
                       sample_normal({2, 9, 3, 8}, 2)};
  const Tensor key_bias = zeros({2, 9}, DType::float64);
  key_bias.narrow(1, 6, 3).fill_(-kInfinity);
  FusedPairs pairs;
  const auto add = [&](const std::string& name, double p, const Tensor& bias, bool causal) {
    const auto options = [=](const Tensor& q) {
      return AttentionOptions{.key_bias = bias.defined() ? to(bias, q.dtype()) : Tensor(),
                              .causal = causal,
                              .p = p,
                              .stream = {.seed = 8, .stream = 9}};
    };
    pairs.push_back(
        {"attention" + name, inputs,
         [=](const Tensors& x) { return attention(x[0], x[1], x[2], options(x[0])); },
         [=](const Tensors& x) { return textbook::attention(x[0], x[1], x[2], options(x[0])); }});
    pairs.push_back(
        {"self_attention" + name,
         {sample_normal({2, 9, 3, 3, 8}, 3)},
         [=](const Tensors& x) { return self_attention(x[0], options(x[0])); },
         [=](const Tensors& x) { return textbook::self_attention(x[0], options(x[0])); }});
  };
  add("", 0, {}, false);
  add(", padding and dropout", 0.25, key_bias, false);
  add(", causal", 0, {}, true);
  add(", causal, padding and dropout", 0.25, key_bias, true);
  return pairs;
}

}  // namespace gradus
