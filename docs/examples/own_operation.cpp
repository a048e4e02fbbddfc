// An operation of one's own, and whether its gradient is right.
//
//   mish(x) = x · tanh(softplus(x))      softplus(x) = log(1 + exp(x))
//
// The program checks it and exits with 0. With --mistake it checks a copy in which one term of
// the product rule was forgotten, names the element with the largest error, and exits with 1.
#include <fmt/format.h>

#include <string_view>

#include "core/core.hpp"

using namespace gradus;

// #region mish
// y = x·t, t = tanh(s), s = log(1 + exp(x));   dx = dy·(t + x·(1 − t²)·exp(x)/(1 + exp(x)))
struct Mish {
  static constexpr std::string_view name = "mish";
  bool mistake = false;
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return input * tanh(log(1 + exp(input)));
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor e = exp(x), t = tanh(log(1 + e));
    if (mistake) return {dy * t};  // and where is the derivative of t?
    return {dy * (t + x.get() * (1 - t * t) * e / (1 + e))};
  }
};
// #endregion mish

int main(int argc, char** argv) {
  const bool mistake = argc > 1 && std::string_view(argv[1]) == "--mistake";
  const auto mish = [mistake](const Tensors& x) { return apply(Mish{mistake}, x[0]); };
  const Sample sample{.name = "normal", .inputs = {sample_normal({3, 4})}, .function = mish};
  const SampleReport report = check_sample("mish", sample);
  fmt::print("{} elements compared, largest error {:.1e}\n{}\n", report.first.compared,
             report.first.max_error,
             report.passed() ? "the gradient is right" : report.first.failure);
  return report.passed() ? 0 : 1;
}
