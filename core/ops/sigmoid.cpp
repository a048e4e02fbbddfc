#include "core/ops/sigmoid.hpp"

#include "core/autograd/apply.hpp"
#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/pointwise.hpp"

namespace gradus {
namespace {

// y = σ(x);   dx = dy · y(1 − y)
struct Sigmoid {
  static constexpr std::string_view name = "sigmoid";
  Saved y{};
  Tensor forward(const Tensor& x) {
    const Tensor result = unary(name, x, [](auto value) { return 1 / (1 + std::exp(-value)); });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor probability = y;
    return {dy * probability * (1 - probability)};
  }
  static Samples samples() { return unary_samples(sigmoid, -2, 2); }
};

// y = x·σ(x);   dx = dy · σ(x)(1 + x(1 − σ(x)))
struct Silu {
  static constexpr std::string_view name = "silu";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) { return value / (1 + std::exp(-value)); });
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor input = x, gate = sigmoid(input);
    return {dy * gate * (1 + input * (1 - gate))};
  }
  static Samples samples() { return unary_samples(silu, -2, 2); }
};

// y = ln(1 + exp(βx)) / β;   dx = dy · σ(βx);   where βx > threshold, y = x and dx = dy
struct Softplus {
  static constexpr std::string_view name = "softplus";
  double beta = 1, threshold = 20;
  Saved x{};
  // ln(1 + eᵗ) = max(t, 0) + ln(1 + exp(−|t|)), which does not overflow
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [this](auto value) {
      using T = decltype(value);
      const T t = value * static_cast<T>(beta);
      if (t > static_cast<T>(threshold)) return value;
      return (std::max(t, T{0}) + std::log1p(std::exp(-std::abs(t)))) / static_cast<T>(beta);
    });
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor t = x.get() * beta;
    return {dy * masked_fill(sigmoid(t), gt(t.detach(), threshold), 1)};
  }
  static Samples samples() {
    const Tensor x = sample_normal({3, 3});
    return {{"plain", {x}, [](const Tensors& in) { return softplus(in[0]); }},
            {"steep", {x}, [](const Tensors& in) { return softplus(in[0], 3); }},
            {"low threshold", {x}, [](const Tensors& in) { return softplus(in[0], 1, -9); }},
            {"scalar", {sample_normal({})}, [](const Tensors& in) { return softplus(in[0]); }}};
  }
};

// y = ln σ(x) = min(x, 0) − ln(1 + exp(−|x|)), which does not overflow;   dx = dy · σ(−x)
struct LogSigmoid {
  static constexpr std::string_view name = "logsigmoid";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return unary(name, input, [](auto value) {
      return std::min(value, decltype(value){0}) - std::log1p(std::exp(-std::abs(value)));
    });
  }
  Tensors backward(const Tensor& dy) const { return {dy * sigmoid(-x.get())}; }
  static Samples samples() { return unary_samples(logsigmoid, -2, 2); }
};

}  // namespace

Tensor sigmoid(const Tensor& x) { return apply(Sigmoid{}, x); }
Tensor silu(const Tensor& x) { return apply(Silu{}, x); }
Tensor softplus(const Tensor& x, double beta, double threshold) {
  return apply(Softplus{beta, threshold}, x);
}
Tensor logsigmoid(const Tensor& x) { return apply(LogSigmoid{}, x); }

OpInfos sigmoid_ops() {
  return {op_info<Sigmoid>(), op_info<Silu>(), op_info<Softplus>(), op_info<LogSigmoid>()};
}

}  // namespace gradus
