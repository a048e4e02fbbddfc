#include "core/ops/dropout.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("dropout keeps the mean, and its gradient has the same mask") {
  const int64_t n = 1 << 16;
  const Tensor x = ones({n}).requires_grad_();
  const Tensor y = dropout(x, 0.25, {.seed = 1, .stream = 1});
  const std::vector<double> kept = values(y);
  const auto dropped = static_cast<double>(std::count(kept.begin(), kept.end(), 0));
  // binomial, five standard deviations
  CHECK(std::abs(dropped / static_cast<double>(n) - 0.25) <
        5 * std::sqrt(0.25 * 0.75 / static_cast<double>(n)));
  CHECK(std::count(kept.begin(), kept.end(), static_cast<double>(1 / 0.75f)) ==
        n - static_cast<int64_t>(dropped));
  y.backward(ones({n}));
  CHECK(bit_equal(x.grad(), y));
}

TEST_CASE("which elements are dropped is a function of the stream alone") {
  const Tensor x = ones({100, 10});
  const RandomStream stream{.seed = 5, .stream = 6};
  CHECK(bit_equal(dropout(x, 0.5, stream), dropout(x, 0.5, stream)));
  CHECK_FALSE(bit_equal(dropout(x, 0.5, stream), dropout(x, 0.5, {.seed = 5, .stream = 7})));
  CHECK(dropout(x, 0, stream).is_same(x));
  CHECK(dropout(zeros({0, 3}), 0.5, stream).shape() == Shape{0, 3});
}

TEST_CASE("misuse of dropout is explained") {
  for (const double p : {-0.1, 1.0, 2.0}) {
    CHECK_THROWS_WITH(dropout(zeros({1}), p, {}),
                      ContainsSubstring("dropout: the probability must be in [0, 1), got"));
  }
  CHECK_THROWS_AS(dropout(zeros({1}), NAN, {}), ValueError);
  CHECK_THROWS_WITH(dropout(arange(3), 0.5, {}), ContainsSubstring("dropout: expected float32"));
}
