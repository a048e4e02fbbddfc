// The checker is checked: it must pass right gradients and fail every kind of wrong one.
#include "core/autograd/gradcheck.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// y = x³, whose gradient 3x²·dy passes through `spoil` before it is returned.
struct Cube {
  static constexpr std::string_view name = "cube";
  std::function<Tensor(const Tensor&)> spoil{};
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return input * input * input;
  }
  Tensors backward(const Tensor& dy) const { return {spoil(dy * (3.0 * x.get() * x))}; }
};

// d/dx (1000x) wrong by 0.5 is within the relative tolerance; d/dx x wrong by 0.1 is not
struct Scale {
  static constexpr std::string_view name = "scale";
  Tensor forward(const Tensor& x) { return x * tensor({1000, 1}, DType::float64); }
  Tensors backward(const Tensor& dy) const { return {dy * tensor({1000.5, 1.1}, DType::float64)}; }
};

// the gradient is right, but read from a detached input: it has no gradient of its own
struct DetachedSquare {
  static constexpr std::string_view name = "square";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return input * input;
  }
  Tensors backward(const Tensor& dy) const { return {dy * (2.0 * x.get().detach())}; }
};

GradcheckReport check_cube(const std::function<Tensor(const Tensor&)>& spoil) {
  return gradcheck([&](const Tensors& x) { return apply(Cube{spoil}, x[0]); }, {normal({2, 3})});
}

Tensor with_first(const Tensor& dx, double value) {
  const Tensor result = dx.clone();
  result.data<double>()[0] = value;
  return result;
}

}  // namespace

TEST_CASE("gradcheck passes a right gradient and says how much it compared") {
  const GradcheckReport report = check_cube([](const Tensor& dx) { return dx; });
  CHECK(report.passed);
  CHECK(report.failure.empty());
  CHECK(report.compared == 36);  // 6 outputs by 6 inputs
  CHECK(report.max_error < 1e-7);
}

TEST_CASE("gradcheck fails every wrong gradient") {
  const auto passes = [](const std::function<Tensor(const Tensor&)>& spoil) {
    const GradcheckReport report = check_cube(spoil);
    CHECK(report.passed == report.failure.empty());
    return report.passed;
  };
  CHECK_FALSE(passes([](const Tensor& dx) { return -dx; }));
  CHECK_FALSE(passes([](const Tensor& dx) { return dx * 1.002; }));
  CHECK_FALSE(passes([](const Tensor& dx) { return with_first(dx, 0); }));
  CHECK_FALSE(passes([](const Tensor& dx) { return with_first(dx, NAN); }));
  CHECK_FALSE(passes([](const Tensor& dx) { return with_first(dx, INFINITY); }));
  CHECK_FALSE(passes([](const Tensor& dx) { return zeros_like(dx); }));
  CHECK_FALSE(passes([](const Tensor&) { return Tensor(); }));
  CHECK_FALSE(passes([](const Tensor& dx) { return transpose(dx, 0, 1).clone().view({2, 3}); }));
}

TEST_CASE("a factor of 1.001 is seen under a tolerance that a right gradient passes") {
  const GradcheckOptions strict{.rtol = 1e-5};
  const auto check = [&](double factor) {
    const auto spoil = [factor](const Tensor& dx) { return dx * factor; };
    return gradcheck([&](const Tensors& x) { return apply(Cube{spoil}, x[0]); }, {normal({2, 3})},
                     strict);
  };
  CHECK(check(1).passed);
  CHECK_FALSE(check(1.001).passed);
}

TEST_CASE("a wrong element is found behind a right one with a larger error") {
  const GradcheckReport report =
      gradcheck([](const Tensors& x) { return apply(Scale{}, x[0]); }, {normal({2})});
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.failure, ContainsSubstring("d output[1] / d input 0[1]: analytic 1.1"));
  CHECK(report.max_error == Approx(0.5).epsilon(1e-3));
}

TEST_CASE("NaN stays the largest error and is the failure that is reported") {
  const GradcheckReport report = check_cube([](const Tensor& dx) { return with_first(dx, NAN); });
  CHECK(std::isnan(report.max_error));
  CHECK_THAT(report.failure, ContainsSubstring("analytic nan"));
}

TEST_CASE("an infinite difference does not excuse a finite gradient") {
  // f(x + h) overflows: the numeric gradient is infinite, and |analytic − ∞| ≤ rtol·∞ would hold
  const auto f = [](const Tensors& x) { return exp(x[0]); };
  const GradcheckReport report = gradcheck(f, {full({1}, 709.7827128, DType::float64)});
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.failure, ContainsSubstring("numeric inf"));
}

TEST_CASE("the failing element is named") {
  const GradcheckReport report = check_cube([](const Tensor& dx) { return with_first(dx, 50); });
  REQUIRE(report.culprit.has_value());
  CHECK(report.culprit->input == 0);
  CHECK(report.culprit->element == 0);
  CHECK(report.culprit->analytic == 50);
  CHECK(report.culprit->error() == report.max_error);
  CHECK(report.failure == to_string(*report.culprit));
}

TEST_CASE("the fast check passes a right gradient") {
  const auto f = [](const Tensors& x) { return softmax(matmul(x[0], x[1]), -1); };
  const GradcheckReport report =
      fast_gradcheck(f, {normal({20, 30}), normal({30, 40}, 1)}, kStrict);
  INFO(report.failure);
  CHECK(report.passed);
  CHECK(report.compared == 2);  // one number for each input
}

TEST_CASE("the fast check finds one wrong element and names it") {
  const auto f = [](const Tensors& x) {
    const auto spoil = [](const Tensor& dx) { return with_first(dx, 0); };
    return apply(Cube{spoil}, x[0]) + x[1];
  };
  const GradcheckReport report = fast_gradcheck(f, {normal({10, 10}), normal({10, 10}, 1)});
  CHECK_FALSE(report.passed);
  REQUIRE(report.culprit.has_value());
  CHECK(report.culprit->input == 0);
  CHECK(report.culprit->element == 0);
  CHECK_THAT(report.failure, ContainsSubstring("d output[0] / d input 0[0]: analytic 0, numeric"));
}

TEST_CASE("the fast check fails when nothing was compared, or all is zero, or all is cut off") {
  const auto passes = [](const TensorFunction& f, const Tensor& x) {
    return fast_gradcheck(f, {x}).passed;
  };
  CHECK_FALSE(passes([](const Tensors& x) { return exp(x[0]); }, zeros({0, 3}, DType::float64)));
  CHECK_FALSE(passes([](const Tensors& x) { return x[0] * 0.0; }, normal({3})));
  CHECK_FALSE(passes([](const Tensors& x) { return exp(x[0].detach()); }, normal({3})));
}

TEST_CASE("gradcheck fails when nothing was compared") {
  const GradcheckReport none =
      gradcheck([](const Tensors& x) { return exp(x[0]); }, {zeros({0, 3}, DType::float64)});
  CHECK_FALSE(none.passed);
  CHECK_THAT(none.failure, ContainsSubstring("no element was compared"));
  CHECK_FALSE(gradcheck([](const Tensors&) { return scalar(1, DType::float64); }, {}).passed);
}

TEST_CASE("gradcheck fails on gradients that are zero everywhere, unless declared") {
  const auto flat = [](const Tensors& x) { return x[0] * 0.0; };
  const GradcheckReport report = gradcheck(flat, {normal({3})});
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.failure, ContainsSubstring("zero everywhere"));
  CHECK(gradcheck(flat, {normal({3})}, {.zero_gradient = true}).passed);
}

TEST_CASE("gradcheck fails when the output is cut off from the inputs") {
  const auto cut = [](const Tensors& x) { return exp(x[0].detach()); };
  const GradcheckReport report = gradcheck(cut, {normal({3})});
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.failure, ContainsSubstring("does not depend on any input"));
  const GradcheckReport second = gradgradcheck(cut, {normal({3})});
  CHECK_FALSE(second.passed);
  CHECK_THAT(second.failure, ContainsSubstring("does not depend on any input"));
}

TEST_CASE("gradgradcheck fails when only the second order is wrong") {
  const auto f = [](const Tensors& x) { return apply(DetachedSquare{}, x[0]); };
  CHECK(gradcheck(f, {normal({3})}).passed);
  CHECK_FALSE(gradgradcheck(f, {normal({3})}).passed);
}

TEST_CASE("gradcheck wants float64 and leaves its inputs alone") {
  const auto f = [](const Tensors& x) { return exp(x[0]); };
  CHECK_THROWS_WITH(gradcheck(f, {zeros({2})}),
                    ContainsSubstring("inputs must be float64, not float32"));
  const Tensor x = normal({2});
  const std::vector<double> before = values(x);
  gradcheck(f, {x});
  gradgradcheck(f, {x});
  CHECK(values(x) == before);
  CHECK_FALSE(x.requires_grad());
  CHECK(x.version() == 0);
}
