#include "core/autograd/anomaly.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

AnomalyError anomaly_of(const std::function<void()>& run) {
  const AnomalyMode on;
  try {
    run();
  } catch (const AnomalyError& error) {
    return error;
  }
  return {"none", "none"};
}

}  // namespace

TEST_CASE("anomaly mode names the first operation whose result is not finite") {
  const Tensor x = tensor({1, -1}, DType::float64).requires_grad_();
  const AnomalyError error = anomaly_of([&] { sum(exp(log(x + 0.0)) * 2.0); });
  CHECK(error.op == "log");
  CHECK(error.phase == "forward");
  CHECK_THAT(error.what(), ContainsSubstring("log: its forward produced NaN or infinity"));
}

TEST_CASE("anomaly mode names the operation whose gradient is not finite") {
  const Tensor x = tensor({1, 0}, DType::float64).requires_grad_();
  const Tensor y = sum(exp(sqrt(x)));  // finite, but the slope of √x at 0 is not
  const AnomalyError error = anomaly_of([&] { y.backward(); });
  CHECK(error.op == "sqrt");
  CHECK(error.phase == "backward");
}

TEST_CASE("anomaly mode does not blame an operation for what it was given") {
  const Tensor x = tensor({INFINITY, 1}, DType::float64).requires_grad_();
  CHECK(anomaly_of([&] { sum(x * 2.0).backward(); }).op == "none");
}

TEST_CASE("anomaly mode also works without a gradient, and ends with its guard") {
  const Tensor x = tensor({-1}, DType::float64);
  {
    const AnomalyMode on;
    const NoGrad no_grad;
    CHECK(anomaly_mode());
    CHECK_THROWS_AS(log(x), AnomalyError);
  }
  CHECK_FALSE(anomaly_mode());
  CHECK(std::isnan(log(x).item<double>()));
}

TEST_CASE("anomaly mode looks at strided tensors that hold NaN") {
  const Tensor x = tensor({NAN, 1, 2, 3}, DType::float64).view({2, 2});
  CHECK(anomaly_of([&] { transpose(x, 0, 1) * 2.0; }).op == "none");
}

TEST_CASE("all_finite") {
  CHECK(all_finite(zeros({2, 2})));
  CHECK(all_finite(arange(3)));
  CHECK(all_finite(zeros({0})));
  CHECK_FALSE(all_finite(tensor({1, NAN})));
  CHECK_FALSE(all_finite(tensor({1, -INFINITY}, DType::float64)));
  const Tensor rows = tensor({1, NAN, 2, 3}).view({2, 2});
  CHECK(all_finite(rows.select(1, 0)));  // only the view's own elements count
  CHECK_FALSE(all_finite(rows.select(1, 1)));
}
