#include "core/ops/unary.hpp"

#include <numbers>

#include "core/autograd/apply.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/pointwise.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// y = exp(x);   dx = dy · y
struct Exp {
  static constexpr std::string_view name = "exp";
  Saved y{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous();
    const Tensor result = empty_like(x);
    dispatch_floating(name, x.dtype(),
                      [&]<class T>() { kernels::exp(x.data<T>(), result.data<T>(), x.numel()); });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {dy * y}; }
  static Samples samples() { return unary_samples(exp, -2, 2); }
};

// y = exp(x) − 1;   dx = dy · (y + 1)
struct Expm1 {
  static constexpr std::string_view name = "expm1";
  Saved y{};
  Tensor forward(const Tensor& x) {
    const Tensor result = unary(name, x, [](auto value) { return std::expm1(value); });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {dy * (y.get() + 1)}; }
  static Samples samples() { return unary_samples(expm1, -2, 2); }
};

// y = log(x);   dx = dy / x
struct Log {
  static constexpr std::string_view name = "log";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return std::log(value); });
  }
  Tensors backward(const Tensor& dy) const { return {dy / x}; }
  static Samples samples() { return unary_samples(log, 0.5, 2); }
};

// y = ln(1 + x);   dx = dy / (1 + x)
struct Log1p {
  static constexpr std::string_view name = "log1p";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return std::log1p(value); });
  }
  Tensors backward(const Tensor& dy) const { return {dy / (x.get() + 1)}; }
  static Samples samples() { return unary_samples(log1p, -0.5, 2); }
};

// y = √x;   dx = dy / (2y)
struct Sqrt {
  static constexpr std::string_view name = "sqrt";
  Saved y{};
  Tensor forward(const Tensor& x) {
    const Tensor result = unary(name, x, [](auto value) { return std::sqrt(value); });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {dy / (2 * y.get())}; }
  static Samples samples() { return unary_samples(sqrt, 0.5, 2); }
};

// y = 1/√x;   dx = −½ · dy · y³
struct Rsqrt {
  static constexpr std::string_view name = "rsqrt";
  Saved y{};
  Tensor forward(const Tensor& x) {
    const Tensor result = unary(name, x, [](auto value) { return 1 / std::sqrt(value); });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {dy * -0.5 * pow(y, 3)}; }
  static Samples samples() { return unary_samples(rsqrt, 0.5, 2); }
};

// y = x²;   dx = dy · 2x
struct Square {
  static constexpr std::string_view name = "square";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return value * value; });
  }
  Tensors backward(const Tensor& dy) const { return {dy * 2 * x.get()}; }
  static Samples samples() { return unary_samples(square, -2, 2); }
};

// y = 1/x;   dx = −dy · y²
struct Reciprocal {
  static constexpr std::string_view name = "reciprocal";
  Saved y{};
  Tensor forward(const Tensor& x) {
    const Tensor result = unary(name, x, [](auto value) { return 1 / value; });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {-dy * square(y)}; }
  static Samples samples() { return unary_samples(reciprocal, 0.5, 2); }
};

// y = sin(x);   dx = dy · cos(x)
struct Sin {
  static constexpr std::string_view name = "sin";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return std::sin(value); });
  }
  Tensors backward(const Tensor& dy) const { return {dy * cos(x)}; }
  static Samples samples() { return unary_samples(sin, -2, 2); }
};

// y = cos(x);   dx = −dy · sin(x)
struct Cos {
  static constexpr std::string_view name = "cos";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return std::cos(value); });
  }
  Tensors backward(const Tensor& dy) const { return {-dy * sin(x)}; }
  static Samples samples() { return unary_samples(cos, -2, 2); }
};

// y = tanh(x);   dx = dy · (1 − y²)
struct Tanh {
  static constexpr std::string_view name = "tanh";
  Saved y{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous();
    const Tensor result = empty_like(x);
    dispatch_floating(name, x.dtype(),
                      [&]<class T>() { kernels::tanh(x.data<T>(), result.data<T>(), x.numel()); });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {dy * (1 - pow(y, 2))}; }
  static Samples samples() { return unary_samples(tanh, -2, 2); }
};

// y = erf(x);   dx = dy · 2/√π · exp(−x²)
struct Erf {
  static constexpr std::string_view name = "erf";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return std::erf(value); });
  }
  Tensors backward(const Tensor& dy) const {
    return {dy * (2 * std::numbers::inv_sqrtpi) * exp(-pow(x, 2))};
  }
  static Samples samples() { return unary_samples(erf, -2, 2); }
};

}  // namespace

Tensor exp(const Tensor& x) { return apply(Exp{}, x); }
Tensor expm1(const Tensor& x) { return apply(Expm1{}, x); }
Tensor log(const Tensor& x) { return apply(Log{}, x); }
Tensor log1p(const Tensor& x) { return apply(Log1p{}, x); }
Tensor sqrt(const Tensor& x) { return apply(Sqrt{}, x); }
Tensor rsqrt(const Tensor& x) { return apply(Rsqrt{}, x); }
Tensor square(const Tensor& x) { return apply(Square{}, x); }
Tensor reciprocal(const Tensor& x) { return apply(Reciprocal{}, x); }
Tensor sin(const Tensor& x) { return apply(Sin{}, x); }
Tensor cos(const Tensor& x) { return apply(Cos{}, x); }
Tensor tanh(const Tensor& x) { return apply(Tanh{}, x); }
Tensor erf(const Tensor& x) { return apply(Erf{}, x); }

Tensor Tensor::exp() const { return gradus::exp(*this); }
Tensor Tensor::log() const { return gradus::log(*this); }
Tensor Tensor::sqrt() const { return gradus::sqrt(*this); }
Tensor Tensor::tanh() const { return gradus::tanh(*this); }

OpInfos unary_ops() {
  return {op_info<Exp>(),  op_info<Expm1>(), op_info<Log>(),    op_info<Log1p>(),
          op_info<Sqrt>(), op_info<Rsqrt>(), op_info<Square>(), op_info<Reciprocal>(),
          op_info<Sin>(),  op_info<Cos>(),   op_info<Tanh>(),   op_info<Erf>()};
}

}  // namespace gradus
