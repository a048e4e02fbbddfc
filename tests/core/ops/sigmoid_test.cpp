#include "core/ops/sigmoid.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("sigmoid, silu and softplus follow their formulas") {
  const Tensor x = normal({4, 3});
  const std::vector<double> in = values(x);
  for (size_t i = 0; i < in.size(); ++i) {
    const double logistic = 1 / (1 + std::exp(-in[i]));
    CHECK(values(sigmoid(x))[i] == Approx(logistic).epsilon(1e-14));
    CHECK(values(silu(x))[i] == Approx(in[i] * logistic).epsilon(1e-14));
    CHECK(values(softplus(x))[i] == Approx(std::log(1 + std::exp(in[i]))).epsilon(1e-13));
    CHECK(values(softplus(x, 2))[i] ==
          Approx(std::log(1 + std::exp(2 * in[i])) / 2).epsilon(1e-13));
  }
}

TEST_CASE("sigmoid, silu and softplus do not overflow") {
  const Tensor x = tensor({-1000, 1000}).requires_grad_();
  CHECK(values(sigmoid(x)) == std::vector<double>{0, 1});
  CHECK(values(silu(x)) == std::vector<double>{0, 1000});
  CHECK(values(softplus(x)) == std::vector<double>{0, 1000});
  CHECK(values(logsigmoid(x)) == std::vector<double>{-1000, 0});
  for (const Tensor& y : {sigmoid(x), silu(x), softplus(x), logsigmoid(x)}) {
    for (const double slope : values(grad({y}, {x}, {ones({2})})[0])) CHECK(std::isfinite(slope));
  }
}

TEST_CASE("softplus is x itself beyond the threshold, with slope 1") {
  const Tensor x = tensor({1, 1.5, 3}, DType::float64).requires_grad_();
  const Tensor y = softplus(x, 2, 3);  // 2·1.5 = 3 is not beyond it
  CHECK(values(y)[0] == Approx(std::log(1 + std::exp(2.0)) / 2).epsilon(1e-13));
  CHECK(values(y)[1] == Approx(std::log(1 + std::exp(3.0)) / 2).epsilon(1e-13));
  CHECK(values(y)[2] == 3);
  const std::vector<double> slopes = values(grad({y}, {x}, {ones({3}, DType::float64)})[0]);
  CHECK(slopes[1] == Approx(1 / (1 + std::exp(-3.0))).epsilon(1e-13));
  CHECK(slopes[2] == 1);
}

TEST_CASE("sigmoid and its kin on nothing, and on integers") {
  CHECK(sigmoid(zeros({0, 2})).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(sigmoid(arange(2)),
                    ContainsSubstring("sigmoid: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(silu(arange(2)),
                    ContainsSubstring("silu: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(softplus(arange(2)),
                    ContainsSubstring("softplus: expected float32 or float64, got int64"));
}
