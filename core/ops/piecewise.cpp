#include "core/ops/piecewise.hpp"

#include "core/autograd/apply.hpp"
#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/pointwise.hpp"

namespace gradus {
namespace {

// 1 where the condition holds, else 0
Tensor indicator(const Tensor& condition, const Tensor& like) {
  return to(condition, like.dtype());
}

// Numbers on both sides of a kink at 0, and not near it.
Tensor sample_signs(const Shape& shape) {
  return tensor(std::vector<double>{-1.5, -1.2, -0.7, -0.3, 0.2, 0.4, 0.8, 1.4, 1.9}, {3, 3},
                DType::float64)
      .reshape(shape);
}

// y = |x|;   dx = dy · sign(x)
struct Abs {
  static constexpr std::string_view name = "abs";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return std::abs(value); });
  }
  Tensors backward(const Tensor& dy) const { return {dy * sign(x.get().detach())}; }
  static Samples samples() {
    const auto call = [](const Tensors& in) { return abs(in[0]); };
    return {{"matrix", {sample_signs({3, 3})}, call}, {"vector", {sample_signs({9})}, call}};
  }
};

// y = −1, 0 or 1;   dx = 0
struct Sign {
  static constexpr std::string_view name = "sign";
  Tensor forward(const Tensor& x) {
    return unary(name, x, [](auto value) {
      return std::isnan(value) ? value : static_cast<decltype(value)>((value > 0) - (value < 0));
    });
  }
  Tensors backward(const Tensor& dy) const {
    return {masked_fill(dy, ones({}, DType::boolean), 0)};  // which can be differentiated again
  }
  static Samples samples() {
    return {{.name = "matrix",
             .inputs = {sample_signs({3, 3})},
             .function = [](const Tensors& x) { return sign(x[0]); },
             .zero_gradient = true}};
  }
};

// y = x > 0 ? x : αx;   dx = dy · (x > 0 ? 1 : α)
struct LeakyRelu {
  static constexpr std::string_view name = "leaky_relu";
  double negative_slope = 0;
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [slope = negative_slope](auto value) {
      return value > 0 ? value : value * static_cast<decltype(value)>(slope);
    });
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor positive = indicator(gt(x, 0), dy);
    return {dy * (positive * (1 - negative_slope) + negative_slope)};
  }
  static Samples samples() {
    return {
        {"default", {sample_signs({3, 3})}, [](const Tensors& in) { return leaky_relu(in[0]); }},
        {"steep", {sample_signs({9})}, [](const Tensors& in) { return leaky_relu(in[0], 0.3); }}};
  }
};

// y = max(x, 0);   dx = dy · (y > 0)
struct Relu {
  static constexpr std::string_view name = "relu";
  Saved y{};
  Tensor forward(const Tensor& x) {
    const Tensor result = unary(name, x, [](auto value) { return value <= 0 ? 0 : value; });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {dy * indicator(gt(y, 0), dy)}; }
  static Samples samples() {
    const auto call = [](const Tensors& x) { return relu(x[0]); };
    return {{"matrix", {sample_signs({3, 3})}, call},
            {"scalar", {sample_uniform({}, 0.5, 2)}, call}};
  }
};

// y = min(max(x, low), high);   dx = dy where low ≤ x ≤ high, else 0
struct Clamp {
  static constexpr std::string_view name = "clamp";
  double low = -kInfinity, high = kInfinity;
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [this](auto value) {
      using T = decltype(value);
      const T floor = static_cast<T>(low), ceiling = static_cast<T>(high);
      const T raised = value < floor ? floor : value;  // NaN stays
      return raised > ceiling ? ceiling : raised;
    });
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor inside = logical_and(ge(x, low), le(x, high));
    return {dy * indicator(inside, dy)};
  }
  static Samples samples() {
    const Tensor x = sample_signs({3, 3});
    return {{"both", {x}, [](const Tensors& in) { return clamp(in[0], -1, 0.5); }},
            {"low", {x}, [](const Tensors& in) { return clamp(in[0], -0.5); }},
            {"high", {x}, [](const Tensors& in) { return clamp(in[0], {}, 0); }}};
  }
};

// dy where one won, ½ dy where both are equal, else 0
Tensor winners_share(const Tensor& dy, const Tensor& won, const Tensor& tied) {
  return dy * (indicator(won, dy) + 0.5 * indicator(tied, dy));
}

// y = min(a, b);   da = dy where a < b, db = dy where b < a, both ½ dy where a = b
struct Minimum {
  static constexpr std::string_view name = "minimum";
  Saved a{}, b{};
  Tensor forward(const Tensor& a_in, const Tensor& b_in) {
    a = a_in, b = b_in;
    return binary(name, a_in, b_in, [](auto u, auto v) { return u < v || u != u ? u : v; });
  }
  Tensors backward(const Tensor& dy) const {
    return {needs_grad(0) ? winners_share(dy, lt(a, b), eq(a, b)) : Tensor(),
            needs_grad(1) ? winners_share(dy, lt(b, a), eq(a, b)) : Tensor()};
  }
  static Samples samples() { return binary_samples(minimum, -2, 2); }
};

// y = max(a, b);   da = dy where a > b, db = dy where b > a, both ½ dy where a = b
struct Maximum {
  static constexpr std::string_view name = "maximum";
  Saved a{}, b{};
  Tensor forward(const Tensor& a_in, const Tensor& b_in) {
    a = a_in, b = b_in;
    return binary(name, a_in, b_in, [](auto u, auto v) { return u > v || u != u ? u : v; });
  }
  Tensors backward(const Tensor& dy) const {
    return {needs_grad(0) ? winners_share(dy, gt(a, b), eq(a, b)) : Tensor(),
            needs_grad(1) ? winners_share(dy, gt(b, a), eq(a, b)) : Tensor()};
  }
  static Samples samples() { return binary_samples(maximum, -2, 2); }
};

}  // namespace

Tensor abs(const Tensor& x) { return apply(Abs{}, x); }
Tensor sign(const Tensor& x) { return apply(Sign{}, x); }
Tensor relu(const Tensor& x) { return apply(Relu{}, x); }
Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return apply(LeakyRelu{negative_slope}, x);
}

Tensor clamp(const Tensor& x, std::optional<double> low, std::optional<double> high) {
  require<ValueError>(low || high, "clamp: at least one of the two bounds must be given");
  return apply(Clamp{low.value_or(-kInfinity), high.value_or(kInfinity)}, x);
}

Tensor minimum(const Tensor& a, const Tensor& b) { return apply(Minimum{}, a, b); }
Tensor maximum(const Tensor& a, const Tensor& b) { return apply(Maximum{}, a, b); }

OpInfos piecewise_ops() {
  return {op_info<Abs>(),   op_info<Sign>(),    op_info<Relu>(),   op_info<LeakyRelu>(),
          op_info<Clamp>(), op_info<Minimum>(), op_info<Maximum>()};
}

}  // namespace gradus
