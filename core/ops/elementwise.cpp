#include "core/ops/elementwise.hpp"

#include <cmath>
#include <numbers>

#include "core/autograd/apply.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/ops/shape.hpp"
#include "core/tensor/loop.hpp"

namespace gradus {
namespace {

// y = f(a, b), broadcast, for any dtype but bool
template <class F>
Tensor binary(std::string_view op, const Tensor& a, const Tensor& b, F f) {
  require_same_dtype(op, a.dtype(), b.dtype());
  const Tensor y = empty(broadcast_shapes(op, a.shape(), b.shape()), a.dtype());
  if (a.dtype() == DType::int64) {
    map<int64_t, int64_t, int64_t>(y, f, a, b);
  } else {
    dispatch_floating(op, a.dtype(), [&]<class T>() { map<T, T, T>(y, f, a, b); });
  }
  return y;
}

// y = f(x), for floating dtypes
template <class F>
Tensor unary(std::string_view op, const Tensor& x, F f) {
  const Tensor y = empty_like(x);
  dispatch_floating(op, x.dtype(), [&]<class T>() { map<T, T>(y, f, x); });
  return y;
}

// Two inputs of one shape, and two that broadcast against each other.
Samples binary_samples(Tensor (*f)(const Tensor&, const Tensor&), double low, double high) {
  const auto call = [f](const Tensors& x) { return f(x[0], x[1]); };
  const auto input = [=](const Shape& shape, uint64_t which) {
    return sample_uniform(shape, low, high, which);
  };
  return {{"same shape", {input({2, 3}, 0), input({2, 3}, 1)}, call},
          {"broadcast", {input({2, 1, 3}, 0), input({4, 1}, 1)}, call}};
}

Samples unary_samples(Tensor (*f)(const Tensor&), double low, double high) {
  const auto call = [f](const Tensors& x) { return f(x[0]); };
  return {{"matrix", {sample_uniform({3, 4}, low, high)}, call},
          {"scalar", {sample_uniform({}, low, high)}, call}};
}

// y = a + b;   da = dy, db = dy
struct Add {
  static constexpr std::string_view name = "add";
  Tensor forward(const Tensor& a, const Tensor& b) {
    return binary(name, a, b, [](auto x, auto y) { return x + y; });
  }
  Tensors backward(const Tensor& dy) const { return {dy, dy}; }
  static Samples samples() { return binary_samples(add, -2, 2); }
};

// y = a − b;   da = dy, db = −dy
struct Sub {
  static constexpr std::string_view name = "sub";
  Tensor forward(const Tensor& a, const Tensor& b) {
    return binary(name, a, b, [](auto x, auto y) { return x - y; });
  }
  Tensors backward(const Tensor& dy) const { return {dy, needs_grad(1) ? -dy : Tensor()}; }
  static Samples samples() { return binary_samples(sub, -2, 2); }
};

// y = a · b;   da = dy · b, db = dy · a
struct Mul {
  static constexpr std::string_view name = "mul";
  Saved a{}, b{};
  Tensor forward(const Tensor& a_in, const Tensor& b_in) {
    a = a_in, b = b_in;
    return binary(name, a_in, b_in, [](auto x, auto y) { return x * y; });
  }
  Tensors backward(const Tensor& dy) const {
    return {needs_grad(0) ? dy * b : Tensor(), needs_grad(1) ? dy * a : Tensor()};
  }
  static Samples samples() { return binary_samples(mul, -2, 2); }
};

// y = a / b;   da = dy / b, db = −dy · a / b²
struct Div {
  static constexpr std::string_view name = "div";
  Saved a{}, b{};
  Tensor forward(const Tensor& a_in, const Tensor& b_in) {
    require<DTypeError>(is_floating(a_in.dtype()), "div: expected float32 or float64, got {}",
                        name_of(a_in.dtype()));
    a = a_in, b = b_in;
    return binary(name, a_in, b_in, [](auto x, auto y) { return x / y; });
  }
  Tensors backward(const Tensor& dy) const {
    return {needs_grad(0) ? dy / b : Tensor(), needs_grad(1) ? -dy * a / (b * b) : Tensor()};
  }
  static Samples samples() { return binary_samples(div, 0.5, 2); }
};

// y = x^c;   dx = dy · c · x^(c−1), which is 0 for c = 0 even at x = 0
struct Pow {
  static constexpr std::string_view name = "pow";
  double exponent = 0;
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [c = exponent](auto value) {
      return std::pow(value, static_cast<decltype(value)>(c));
    });
  }
  Tensors backward(const Tensor& dy) const {
    if (exponent == 0) return {zeros_like(dy)};
    return {dy * exponent * pow(x, exponent - 1)};
  }
  static Samples samples() {
    const auto power = [](double c) { return [c](const Tensors& in) { return pow(in[0], c); }; };
    return {{"square", {sample_uniform({3, 4}, -2, 2)}, power(2)},
            {"fractional", {sample_uniform({3, 4}, 0.5, 2)}, power(-1.5)}};
  }
};

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

// y = x in another floating dtype;   dx = dy in x's
struct Convert {
  static constexpr std::string_view name = "to";
  DType dtype = DType::float32;
  DType from = DType::float32;
  Tensor forward(const Tensor& x) {
    from = x.dtype();
    const Tensor y = empty(x.shape(), dtype);
    dispatch(dtype, [&]<class To>() {
      dispatch(from, [&]<class From>() {
        map<To, From>(
            y, [](From value) { return static_cast<To>(value); }, x);
      });
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {to(dy, from)}; }
  static Samples samples() {
    // the check runs in float64, so that is what it converts to
    return {{"identity", {sample_normal({2, 3})}, [](const Tensors& x) {
               return apply(Convert{DType::float64}, x[0]);
             }}};
  }
};

Tensor like(const Tensor& x, double value) {
  require<DTypeError>(x.dtype() != DType::int64 || value == std::trunc(value),
                      "{} is not an int64; convert the tensor with to()", value);
  return scalar(value, x.dtype());
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return apply(Add{}, a, b); }
Tensor sub(const Tensor& a, const Tensor& b) { return apply(Sub{}, a, b); }
Tensor mul(const Tensor& a, const Tensor& b) { return apply(Mul{}, a, b); }
Tensor div(const Tensor& a, const Tensor& b) { return apply(Div{}, a, b); }
Tensor neg(const Tensor& x) { return mul(x, like(x, -1)); }
Tensor pow(const Tensor& x, double exponent) { return apply(Pow{exponent}, x); }
Tensor exp(const Tensor& x) { return apply(Exp{}, x); }
Tensor log(const Tensor& x) { return apply(Log{}, x); }
Tensor sqrt(const Tensor& x) { return apply(Sqrt{}, x); }
Tensor tanh(const Tensor& x) { return apply(Tanh{}, x); }
Tensor erf(const Tensor& x) { return apply(Erf{}, x); }

Tensor to(const Tensor& x, DType dtype) {
  return x.dtype() == dtype ? x : apply(Convert{dtype}, x);
}

Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
Tensor operator-(const Tensor& x) { return neg(x); }
Tensor operator+(const Tensor& a, double b) { return add(a, like(a, b)); }
Tensor operator-(const Tensor& a, double b) { return sub(a, like(a, b)); }
Tensor operator*(const Tensor& a, double b) { return mul(a, like(a, b)); }
Tensor operator/(const Tensor& a, double b) { return div(a, like(a, b)); }
Tensor operator+(double a, const Tensor& b) { return add(like(b, a), b); }
Tensor operator-(double a, const Tensor& b) { return sub(like(b, a), b); }
Tensor operator*(double a, const Tensor& b) { return mul(like(b, a), b); }
Tensor operator/(double a, const Tensor& b) { return div(like(b, a), b); }

Tensor Tensor::exp() const { return gradus::exp(*this); }
Tensor Tensor::log() const { return gradus::log(*this); }
Tensor Tensor::sqrt() const { return gradus::sqrt(*this); }
Tensor Tensor::tanh() const { return gradus::tanh(*this); }
Tensor Tensor::pow(double exponent) const { return gradus::pow(*this, exponent); }
Tensor Tensor::to(DType dtype) const { return gradus::to(*this, dtype); }
OpInfos elementwise_ops() {
  return {op_info<Add>(),  op_info<Sub>(), op_info<Mul>(),    op_info<Div>(),
          op_info<Pow>(),  op_info<Exp>(), op_info<Log>(),    op_info<Sqrt>(),
          op_info<Tanh>(), op_info<Erf>(), op_info<Convert>()};
}

}  // namespace gradus
