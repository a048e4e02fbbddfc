#include "core/ops/layer_norm.hpp"

#include "core/autograd/apply.hpp"
#include "core/autograd/textbook_backward.hpp"
#include "core/kernels/normalization.hpp"
#include "core/ops/dropout.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

void check_norm(std::string_view op, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  require<ShapeError>(
      x.dim() > 0 && gamma.shape() == Shape{x.size(-1)} && beta.shape() == gamma.shape(),
      "{}: gamma {} and beta {} do not fit input {}", op, gamma.shape(), beta.shape(), x.shape());
  require<DTypeError>(x.dtype() == gamma.dtype() && x.dtype() == beta.dtype(),
                      "{}: input holds {}, gamma {}, beta {}", op, name_of(x.dtype()),
                      name_of(gamma.dtype()), name_of(beta.dtype()));
}

// x̂ = (x − μ)/σ,  y = γx̂ + β,   μ and σ² = var + eps over each row
// with g = dy·γ:   dx = (g − mean(g) − x̂·mean(g·x̂)) / σ,   dγ = Σ_rows dy·x̂,   dβ = Σ_rows dy
struct LayerNorm {  // x [rows, cols]
  static constexpr std::string_view name = "layer_norm";
  static constexpr bool joint_backward = true;
  double eps = 0;
  Saved x{}, gamma{}, beta{};
  Tensor mean{}, rstd{};  // [rows]
  Tensor forward(const Tensor& input, const Tensor& g, const Tensor& b) {
    x = input, gamma = g, beta = b;
    const Tensor from = input.contiguous();
    const Tensor y = empty_like(from);
    mean = empty({y.size(0)}, y.dtype()), rstd = empty_like(mean);
    dispatch_floating(name, y.dtype(), [&]<class T>() {
      kernels::layer_norm(
          {g.contiguous().data<T>(), b.contiguous().data<T>(), mean.data<T>(), rstd.data<T>(), eps},
          from.data<T>(), y.data<T>(), y.size(0), y.size(1));
    });
    return y;
  }
  Tensors backward(const Tensor& dy_in) const {
    if (grad_enabled()) {
      return textbook_backward(
          [e = eps](const Tensors& in) { return textbook::layer_norm(in[0], in[1], in[2], e); },
          {x, gamma, beta}, dy_in);
    }
    const Tensor from = x.get().contiguous(), g = gamma.get().contiguous();
    const Tensor dy = dy_in.contiguous();
    const Tensor dx = empty_like(dy), dgamma = empty_like(g), dbeta = empty_like(g);
    dispatch_floating(name, dy.dtype(), [&]<class T>() {
      kernels::layer_norm_backward(
          {g.data<T>(), nullptr, mean.data<T>(), rstd.data<T>(), eps}, from.data<T>(), dy.data<T>(),
          {dx.data<T>(), dgamma.data<T>(), dbeta.data<T>()}, dy.size(0), dy.size(1));
    });
    return {dx, dgamma, dbeta};
  }
  static Samples samples() {
    return {{"rows",
             {sample_normal({2, 2, 4}), sample_normal({4}, 1), sample_normal({4}, 2)},
             [](const Tensors& in) { return layer_norm(in[0], in[1], in[2], 1e-5); }}};
  }
};

// s = residual + dropout(x),  y = layer_norm(s)
// dresidual = ds,  dx = dropout(ds),   ds as in LayerNorm
struct DropoutAddLayerNorm {  // x and residual [rows, cols]
  static constexpr std::string_view name = "dropout_add_layer_norm";
  static constexpr bool joint_backward = true;
  NormDropout options{};
  Saved x{}, residual{}, gamma{}, beta{};
  Tensor sum{}, mean{}, rstd{};  // [rows, cols], [rows], [rows]
  Tensor forward(const Tensor& x_in, const Tensor& r, const Tensor& g, const Tensor& b) {
    x = x_in, residual = r, gamma = g, beta = b;
    const Tensor from = x_in.contiguous(), to_add = r.contiguous();
    const Tensor y = empty_like(from);
    sum = empty_like(y), mean = empty({y.size(0)}, y.dtype()), rstd = empty_like(mean);
    dispatch_floating(name, y.dtype(), [&]<class T>() {
      kernels::dropout_add_layer_norm({g.contiguous().data<T>(), b.contiguous().data<T>(),
                                       mean.data<T>(), rstd.data<T>(), options.eps},
                                      {options.p, options.stream}, from.data<T>(), to_add.data<T>(),
                                      sum.data<T>(), y.data<T>(), y.size(0), y.size(1));
    });
    return y;
  }
  Tensors backward(const Tensor& dy_in) const {
    if (grad_enabled()) {
      return textbook_backward(
          [o = options](const Tensors& in) {
            return textbook::dropout_add_layer_norm(in[0], in[1], in[2], in[3], o);
          },
          {x, residual, gamma, beta}, dy_in);
    }
    const Tensor g = gamma.get().contiguous(), dy = dy_in.contiguous();
    const Tensor dresidual = empty_like(dy), dgamma = empty_like(g), dbeta = empty_like(g);
    const Tensor dx = options.p > 0 ? empty_like(dy) : dresidual;
    dispatch_floating(name, dy.dtype(), [&]<class T>() {
      kernels::dropout_add_layer_norm_backward(
          {g.data<T>(), nullptr, mean.data<T>(), rstd.data<T>(), options.eps},
          {options.p, options.stream}, sum.data<T>(), dy.data<T>(),
          {dresidual.data<T>(), dgamma.data<T>(), dbeta.data<T>()},
          options.p > 0 ? dx.data<T>() : nullptr, dy.size(0), dy.size(1));
    });
    return {dx, dresidual, dgamma, dbeta};
  }
  static Samples samples() {
    const Tensors inputs{sample_normal({4, 4}), sample_normal({4, 4}, 1), sample_normal({4}, 2),
                         sample_normal({4}, 3)};
    const auto with = [](double p) {
      return [p](const Tensors& in) {
        return dropout_add_layer_norm(in[0], in[1], in[2], in[3],
                                      {.eps = 1e-5, .p = p, .stream = {.seed = 3, .stream = 4}});
      };
    };
    return {{"dropout", inputs, with(0.4)}, {"no dropout", inputs, with(0)}};
  }
};

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  check_norm("layer_norm", x, gamma, beta);
  return reshape(apply(LayerNorm{eps}, as_rows(x), gamma, beta), x.shape());
}

Tensor dropout_add_layer_norm(const Tensor& x, const Tensor& residual, const Tensor& gamma,
                              const Tensor& beta, NormDropout options) {
  check_norm("dropout_add_layer_norm", x, gamma, beta);
  require<ShapeError>(x.shape() == residual.shape(),
                      "dropout_add_layer_norm: input {} and residual {} differ", x.shape(),
                      residual.shape());
  require<DTypeError>(x.dtype() == residual.dtype(),
                      "dropout_add_layer_norm: input holds {}, residual {}", name_of(x.dtype()),
                      name_of(residual.dtype()));
  require<ValueError>(options.p >= 0 && options.p < 1,
                      "dropout_add_layer_norm: the probability must be in [0, 1), got {}",
                      options.p);
  return reshape(apply(DropoutAddLayerNorm{options}, as_rows(x), as_rows(residual), gamma, beta),
                 x.shape());
}

Tensor textbook::layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  const Tensor centred = x - mean(x, {-1}, true);
  const Tensor variance = mean(pow(centred, 2), {-1}, true);
  return gamma * (centred / sqrt(variance + eps)) + beta;
}

Tensor textbook::dropout_add_layer_norm(const Tensor& x, const Tensor& residual,
                                        const Tensor& gamma, const Tensor& beta,
                                        NormDropout options) {
  return textbook::layer_norm(residual + dropout(x, options.p, options.stream), gamma, beta,
                              options.eps);
}

OpInfos layer_norm_ops() { return {op_info<LayerNorm>(), op_info<DropoutAddLayerNorm>()}; }

FusedPairs layer_norm_pairs() {
  const Tensors inputs{sample_normal({6, 37}), sample_normal({6, 37}, 1), sample_normal({37}, 2),
                       sample_normal({37}, 3)};
  const NormDropout options{.eps = 1e-5, .p = 0.3, .stream = {.seed = 5, .stream = 6}};
  return {
      {"layer_norm",
       {inputs[0], inputs[2], inputs[3]},
       [](const Tensors& x) { return layer_norm(x[0], x[1], x[2], 1e-5); },
       [](const Tensors& x) { return textbook::layer_norm(x[0], x[1], x[2], 1e-5); }},
      {"dropout_add_layer_norm", inputs,
       [=](const Tensors& x) { return dropout_add_layer_norm(x[0], x[1], x[2], x[3], options); },
       [=](const Tensors& x) {
         return textbook::dropout_add_layer_norm(x[0], x[1], x[2], x[3], options);
       }}};
}

}  // namespace gradus
