// Chapter 5: a kink, and what loose tolerances let pass.
#include "core/autograd/apply.hpp"
#include "core/autograd/gradcheck.hpp"
#include "core/autograd/samples.hpp"
#include "core/ops/ops.hpp"
#include "docs/examples/numbers.hpp"

using namespace gradus;

namespace {

// tanh, whose gradient is 0.1 % too large.
struct TanhTooSteep {
  static constexpr std::string_view name = "tanh_too_steep";
  Saved y{};
  Tensor forward(const Tensor& x) {
    const Tensor result = gradus::tanh(x);
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {dy * (1 - y.get() * y.get()) * 1.001}; }
};

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  // Exercise: relu at its kink.
  const GradcheckReport kink = gradcheck([](const Tensors& x) { return relu(x[0]); },
                                         {tensor({-1, 0, 1}, DType::float64)}, kStrict);
  numbers.expect(!kink.passed && kink.culprit && kink.culprit->element == 1, "element 1 fails");
  numbers.add("kink.numeric", kink.culprit->numeric);
  numbers.add("kink.analytic", kink.culprit->analytic);

  const auto steep = [](const Tensors& x) { return apply(TanhTooSteep{}, x[0]); };
  const Tensors inputs{tensor({0.1, 0.2, 0.3}, DType::float64)};
  const GradcheckReport loose = gradcheck(steep, inputs),
                        strict = gradcheck(steep, inputs, kStrict);
  numbers.expect(loose.passed && !strict.passed, "the default passes it, kStrict does not");
  numbers.add("loose.error", loose.max_relative_error);
  return numbers.finish(argc, argv);
}
