#include "core/ops/softmax.hpp"

#include "core/autograd/apply.hpp"
#include "core/kernels/normalization.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

int64_t rows_of(const Tensor& x) { return x.size(-1) == 0 ? 0 : x.numel() / x.size(-1); }

// #region softmax
// y_i = exp(x_i − m) / Σ_j exp(x_j − m),   m = max_j x_j
// dx_i = y_i (dy_i − Σ_j dy_j y_j)
struct Softmax {  // over the last dimension
  static constexpr std::string_view name = "softmax";
  Saved y{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous();
    const Tensor result = empty_like(x);
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      kernels::softmax(x.data<T>(), result.data<T>(), rows_of(x), x.size(-1));
    });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy_in) const {
    const Tensor probs = y;
    if (grad_enabled()) return {probs * (dy_in - sum(dy_in * probs, {-1}, true))};
    const Tensor dy = dy_in.contiguous();
    const Tensor dx = empty_like(dy);
    dispatch_floating(name, dy.dtype(), [&]<class T>() {
      kernels::softmax_backward(probs.data<T>(), dy.data<T>(), dx.data<T>(), rows_of(dy),
                                dy.size(-1));
    });
    return {dx};
  }
  static Samples samples() {
    return {{"rows", {sample_normal({3, 3})}, [](const Tensors& x) { return softmax(x[0], -1); }},
            {"first dimension", {sample_normal({3, 2, 2})}, [](const Tensors& x) {
               return softmax(x[0], 0);
             }}};
  }
};
// #endregion softmax

// y_i = x_i − m − log Σ_j exp(x_j − m),   m = max_j x_j
// dx_i = dy_i − exp(y_i) Σ_j dy_j
struct LogSoftmax {  // over the last dimension
  static constexpr std::string_view name = "log_softmax";
  Saved y{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous();
    const Tensor result = empty_like(x);
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      kernels::log_softmax(x.data<T>(), result.data<T>(), rows_of(x), x.size(-1));
    });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy_in) const {
    const Tensor log_probs = y;
    if (grad_enabled()) return {dy_in - exp(log_probs) * sum(dy_in, {-1}, true)};
    const Tensor dy = dy_in.contiguous();
    const Tensor dx = empty_like(dy);
    dispatch_floating(name, dy.dtype(), [&]<class T>() {
      kernels::log_softmax_backward(log_probs.data<T>(), dy.data<T>(), dx.data<T>(), rows_of(dy),
                                    dy.size(-1));
    });
    return {dx};
  }
  static Samples samples() {
    return {
        {"rows", {sample_normal({3, 3})}, [](const Tensors& x) { return log_softmax(x[0], -1); }}};
  }
};

// Runs a row-wise operation along any dimension.
template <class Op>
Tensor along(const Tensor& x, int64_t dim) {
  if (x.dim() == 0) return reshape(along<Op>(reshape(x, {1}), dim), {});
  const int64_t d = normalize_dim(Op::name, dim, x.dim());
  if (d == x.dim() - 1) return apply(Op{}, x);
  return transpose(apply(Op{}, transpose(x, d, -1)), d, -1);
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t dim) { return along<Softmax>(x, dim); }
Tensor log_softmax(const Tensor& x, int64_t dim) { return along<LogSoftmax>(x, dim); }

// #region textbook-softmax
// The shift by m changes no value, only keeps exp from overflowing; so it needs no gradient.
Tensor textbook::softmax(const Tensor& x, int64_t dim) {
  const Tensor e = exp(x - amax(x.detach(), dim, true));
  return e / sum(e, {dim}, true);
}
// #endregion textbook-softmax

Tensor textbook::log_softmax(const Tensor& x, int64_t dim) {
  const Tensor shifted = x - amax(x.detach(), dim, true);
  return shifted - log(sum(exp(shifted), {dim}, true));
}

OpInfos softmax_ops() { return {op_info<Softmax>(), op_info<LogSoftmax>()}; }

FusedPairs softmax_pairs() {
  const Tensor x = sample_normal({3, 5, 17});
  return {{"softmax",
           {x},
           [](const Tensors& in) { return softmax(in[0], -1); },
           [](const Tensors& in) { return textbook::softmax(in[0], -1); }},
          {"log_softmax",
           {x},
           [](const Tensors& in) { return log_softmax(in[0], 1); },
           [](const Tensors& in) { return textbook::log_softmax(in[0], 1); }}};
}

}  // namespace gradus
