#include "core/ops/elementwise.hpp"

#include "core/autograd/apply.hpp"
#include "core/ops/compare.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/pointwise.hpp"
#include "core/ops/unary.hpp"

namespace gradus {
namespace {

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

// y = −x;   dx = −dy
struct Neg {
  static constexpr std::string_view name = "neg";
  Tensor forward(const Tensor& x) {
    return binary(name, x, scalar_like(x, -1),
                  [](auto value, auto minus_one) { return value * minus_one; });
  }
  Tensors backward(const Tensor& dy) const { return {-dy}; }
  static Samples samples() { return unary_samples(neg, -2, 2); }
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
    return {{"square", {sample_uniform({3, 3}, -2, 2)}, power(2)},
            {"fractional", {sample_uniform({3, 4}, 0.5, 2)}, power(-1.5)}};
  }
};

// y = a^b;   da = dy · b · a^(b−1), which is 0 for b = 0 even at a = 0
//            db = dy · y · ln a, which is 0 at a = 0 for b ≥ 0
struct PowTensor {
  static constexpr std::string_view name = "pow_tensor";
  Saved base{}, exponent{}, power{};
  Tensor forward(const Tensor& a, const Tensor& b) {
    require<DTypeError>(is_floating(a.dtype()), "pow: expected float32 or float64, got {}",
                        name_of(a.dtype()));
    base = a, exponent = b;
    const Tensor y = binary(
        "pow", a, b, [](auto u, auto v) { return static_cast<decltype(u)>(std::pow(u, v)); });
    power = y;
    return y;
  }
  Tensors backward(const Tensor& dy) const {
    return {needs_grad(0) ? dy * slope_in_base() : Tensor(),
            needs_grad(1) ? dy * slope_in_exponent() : Tensor()};
  }
  // where b = 0 it is 0·a, not 0·a⁻¹
  Tensor slope_in_base() const {
    const Tensor b = exponent;
    return b * pow(base, where(eq(b, 0), ones_like(b), b - 1));
  }
  // where a = 0 it is 0·ln 1, not 0·ln 0
  Tensor slope_in_exponent() const {
    const Tensor a = base;
    const Tensor vanishes = logical_and(eq(a, 0), ge(exponent, 0));
    return power * log(where(vanishes, scalar_like(a, 1), a));
  }
  static Samples samples() {
    return binary_samples([](const Tensor& a, const Tensor& b) { return pow(a, b); }, 0.5, 2);
  }
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
    return {{"identity", {sample_normal({3, 3})}, [](const Tensors& x) {
               return apply(Convert{DType::float64}, x[0]);
             }}};
  }
};

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return apply(Add{}, a, b); }
Tensor sub(const Tensor& a, const Tensor& b) { return apply(Sub{}, a, b); }
Tensor mul(const Tensor& a, const Tensor& b) { return apply(Mul{}, a, b); }
Tensor div(const Tensor& a, const Tensor& b) { return apply(Div{}, a, b); }
Tensor neg(const Tensor& x) { return apply(Neg{}, x); }
Tensor pow(const Tensor& x, double exponent) { return apply(Pow{exponent}, x); }
Tensor pow(const Tensor& base, const Tensor& exponent) {
  return apply(PowTensor{}, base, exponent);
}

Tensor to(const Tensor& x, DType dtype) {
  return x.dtype() == dtype ? x : apply(Convert{dtype}, x);
}

Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
Tensor operator-(const Tensor& x) { return neg(x); }
Tensor operator+(const Tensor& a, double b) { return add(a, scalar_like(a, b)); }
Tensor operator-(const Tensor& a, double b) { return sub(a, scalar_like(a, b)); }
Tensor operator*(const Tensor& a, double b) { return mul(a, scalar_like(a, b)); }
Tensor operator/(const Tensor& a, double b) { return div(a, scalar_like(a, b)); }
Tensor operator+(double a, const Tensor& b) { return add(scalar_like(b, a), b); }
Tensor operator-(double a, const Tensor& b) { return sub(scalar_like(b, a), b); }
Tensor operator*(double a, const Tensor& b) { return mul(scalar_like(b, a), b); }
Tensor operator/(double a, const Tensor& b) { return div(scalar_like(b, a), b); }

Tensor Tensor::pow(double exponent) const { return gradus::pow(*this, exponent); }
Tensor Tensor::to(DType dtype) const { return gradus::to(*this, dtype); }

OpInfos elementwise_ops() {
  return {op_info<Add>(), op_info<Sub>(), op_info<Mul>(),       op_info<Div>(),
          op_info<Neg>(), op_info<Pow>(), op_info<PowTensor>(), op_info<Convert>()};
}

}  // namespace gradus
