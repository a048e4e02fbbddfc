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

TEST_CASE("an anomaly of a forward comes with the chain of operations that led there") {
  const Tensor x = leaf({2, 3}), w = leaf({3}, 1);
  const AnomalyError error =
      anomaly_of([&] { sum(log(sum(tanh(x * w), {1}) - scalar(9, DType::float64))); });
  CHECK(error.op == "log");
  CHECK(error.chain == std::vector<std::string>{"log([2]) → [2]", "sub([2], []) → [2]",
                                                "sum([2, 3]) → [2]", "tanh([2, 3]) → [2, 3]",
                                                "mul([2, 3], [3]) → [2, 3]", "leaf"});
  CHECK(error.path.empty());
  CHECK_THAT(error.what(),
             ContainsSubstring("\n  log([2]) → [2]\n  of what came from sub([2], [])"));
  // without a graph there is no chain
  const NoGrad no_grad;
  CHECK(anomaly_of([&] { log(-exp(x)); }).chain ==
        std::vector<std::string>{"log([2, 3]) → [2, 3]"});
}

TEST_CASE("an anomaly of a backward also says by which way the gradient came") {
  const Tensor x = tensor({1, 0}, DType::float64).requires_grad_();
  const Tensor y = sum(exp(sqrt(x * 4.0)) + x);
  const AnomalyError error = anomaly_of([&] { y.backward(); });
  CHECK(error.op == "sqrt");
  CHECK(error.chain == std::vector<std::string>{"sqrt([2]) → [2]", "mul([2], []) → [2]", "leaf"});
  CHECK(error.path ==
        std::vector<std::string>{"exp([2]) → [2]", "add([2], [2]) → [2]", "sum([2]) → []"});
  CHECK_THAT(error.what(), ContainsSubstring("\n  its gradient came through exp([2]) → [2]"));
}

TEST_CASE("the message of an anomaly in a deep graph stays short") {
  Tensor y = leaf({});
  for (int i = 0; i < 1000; ++i) y = y + 1.0;
  const AnomalyError error = anomaly_of([&] { log(-y * 0.0 - 1.0); });
  CHECK(error.chain.size() == 1005);
  CHECK_THAT(error.what(), ContainsSubstring("... and 985 more"));
  CHECK(std::string(error.what()).size() < 2000);
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
