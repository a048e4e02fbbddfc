#include "core/ops/activation.hpp"

#include <cmath>
#include <numbers>

#include "core/autograd/apply.hpp"
#include "core/autograd/textbook_backward.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// y = x·Φ(x);   dx = dy·(Φ(x) + x·φ(x))
struct Gelu {
  static constexpr std::string_view name = "gelu";
  GeluForm form = GeluForm::erf;
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    const Tensor from = input.contiguous();
    const Tensor y = empty_like(from);
    dispatch_floating(name, y.dtype(), [&]<class T>() {
      kernels::gelu(form, from.data<T>(), y.data<T>(), y.numel());
    });
    return y;
  }
  Tensors backward(const Tensor& dy_in) const {
    if (grad_enabled()) {
      return textbook_backward([f = form](const Tensors& in) { return textbook::gelu(in[0], f); },
                               {x}, dy_in);
    }
    const Tensor from = x.get().contiguous(), dy = dy_in.contiguous();
    const Tensor dx = empty_like(dy);
    dispatch_floating(name, dy.dtype(), [&]<class T>() {
      kernels::gelu_backward(form, from.data<T>(), dy.data<T>(), dx.data<T>(), dy.numel());
    });
    return {dx};
  }
  static Samples samples() {
    return {{"erf", {sample_normal({3, 3})}, [](const Tensors& in) { return gelu(in[0]); }},
            {"tanh", {sample_normal({3, 4})}, [](const Tensors& in) {
               return gelu(in[0], GeluForm::tanh);
             }}};
  }
};

// y = gelu(x + b);   dx = dy·gelu'(x + b), db = Σ_rows dx      x [rows, cols], b [cols]
struct BiasGelu {
  static constexpr std::string_view name = "bias_gelu";
  static constexpr bool joint_backward = true;
  GeluForm form = GeluForm::erf;
  Saved x{}, bias{};
  Tensor forward(const Tensor& input, const Tensor& b) {
    x = input, bias = b;
    const Tensor from = input.contiguous(), shift = b.contiguous();
    const Tensor y = empty_like(from);
    dispatch_floating(name, y.dtype(), [&]<class T>() {
      kernels::bias_gelu(form, from.data<T>(), shift.data<T>(), y.data<T>(), y.size(0), y.size(1));
    });
    return y;
  }
  Tensors backward(const Tensor& dy_in) const {
    if (grad_enabled()) {
      return textbook_backward(
          [f = form](const Tensors& in) { return textbook::bias_gelu(in[0], in[1], f); }, {x, bias},
          dy_in);
    }
    const Tensor from = x.get().contiguous(), shift = bias.get().contiguous();
    const Tensor dy = dy_in.contiguous();
    const Tensor dx = empty_like(dy), db = empty_like(shift);
    dispatch_floating(name, dy.dtype(), [&]<class T>() {
      kernels::bias_gelu_backward(form, from.data<T>(), shift.data<T>(), dy.data<T>(), dx.data<T>(),
                                  db.data<T>(), dy.size(0), dy.size(1));
    });
    return {dx, db};
  }
  static Samples samples() {
    const Tensors inputs{sample_normal({2, 2, 4}), sample_normal({4}, 1)};
    return {{"erf", inputs, [](const Tensors& in) { return bias_gelu(in[0], in[1]); }},
            {"tanh", inputs,
             [](const Tensors& in) { return bias_gelu(in[0], in[1], GeluForm::tanh); }}};
  }
};

}  // namespace

Tensor gelu(const Tensor& x, GeluForm form) { return apply(Gelu{form}, x); }

Tensor bias_gelu(const Tensor& x, const Tensor& bias, GeluForm form) {
  require<ShapeError>(x.dim() > 0 && bias.shape() == Shape{x.size(-1)},
                      "bias_gelu: bias {} does not fit input {}", bias.shape(), x.shape());
  require<DTypeError>(x.dtype() == bias.dtype(), "bias_gelu: input holds {}, bias {}",
                      name_of(x.dtype()), name_of(bias.dtype()));
  return reshape(apply(BiasGelu{form}, as_rows(x), bias), x.shape());
}

Tensor textbook::gelu(const Tensor& x, GeluForm form) {
  if (form == GeluForm::erf) return x * 0.5 * (1 + erf(x * (1 / std::numbers::sqrt2)));
  return x * 0.5 * (1 + tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * pow(x, 3))));
}

Tensor textbook::bias_gelu(const Tensor& x, const Tensor& bias, GeluForm form) {
  return textbook::gelu(x + bias, form);
}

OpInfos activation_ops() { return {op_info<Gelu>(), op_info<BiasGelu>()}; }

FusedPairs activation_pairs() {
  const Tensors inputs{sample_normal({3, 37}), sample_normal({37}, 1)};
  FusedPairs pairs;
  for (const GeluForm form : {GeluForm::erf, GeluForm::tanh}) {
    const std::string_view suffix = form == GeluForm::erf ? " (erf)" : " (tanh)";
    pairs.push_back({fmt::format("gelu{}", suffix),
                     {inputs[0]},
                     [form](const Tensors& x) { return gelu(x[0], form); },
                     [form](const Tensors& x) { return textbook::gelu(x[0], form); }});
    pairs.push_back({fmt::format("bias_gelu{}", suffix), inputs,
                     [form](const Tensors& x) { return bias_gelu(x[0], x[1], form); },
                     [form](const Tensors& x) { return textbook::bias_gelu(x[0], x[1], form); }});
  }
  return pairs;
}

}  // namespace gradus
