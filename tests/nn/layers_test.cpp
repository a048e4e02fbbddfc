#include "nn/layers.hpp"

#include <numeric>

#include "nn/init.hpp"
#include "tests/catch.hpp"
#include "tests/nn/support.hpp"

using namespace gradus;

namespace {

double mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double deviation_of(const std::vector<double>& x) {
  double sum = 0;
  for (const double value : x) sum += value * value;
  return std::sqrt(sum / static_cast<double>(x.size()));
}

}  // namespace

TEST_CASE("Linear multiplies by the transposed weight and adds the bias") {
  nn::Linear layer({.in = 2, .out = 3});
  {
    const NoGrad no_grad;
    layer.weight.copy_(tensor(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2}));
    layer.bias.copy_(tensor({10, 20, 30}));
  }
  const Tensor y = layer.forward(tensor({1, -1}));
  CHECK(y.to_vector<float>() == std::vector<float>{9, 19, 29});

  const nn::Linear plain({.in = 2, .out = 3, .bias = false});
  CHECK_FALSE(plain.bias.defined());
  CHECK(plain.parameters().size() == 1);
  CHECK(plain.forward(zeros({4, 5, 2})).shape() == Shape{4, 5, 3});
  CHECK_THROWS_WITH(nn::Linear({.in = 0, .out = 3}),
                    "Linear: sizes must be positive, got in = 0, out = 3");
}

TEST_CASE("Linear starts uniform in ±1/√in") {
  manual_seed(1);
  const auto weights = test::values(nn::Linear({.in = 100, .out = 200}).weight);
  CHECK(test::largest_difference(tensor(weights, {20000}), zeros({20000})) <= 0.1 + 1e-7);
  // a uniform distribution in ±b has deviation b/√3; of 20,000 draws, known to 0.5% (one sigma)
  CHECK(deviation_of(weights) == Approx(0.1 / std::sqrt(3)).epsilon(0.02));
}

TEST_CASE("Embedding looks rows up and starts normal") {
  manual_seed(2);
  const nn::Embedding layer({.count = 100, .dim = 200});
  const std::vector<int64_t> rows{99, 0, 99};
  const Tensor y = layer.forward(tensor(rows, {1, 3}));
  REQUIRE(y.shape() == Shape{1, 3, 200});
  CHECK(test::bit_equal(y.select(0, 0).select(0, 0), layer.weight.select(0, 99)));
  CHECK(test::bit_equal(y.select(0, 0).select(0, 1), layer.weight.select(0, 0)));
  CHECK(deviation_of(test::values(layer.weight)) == Approx(1).epsilon(0.02));
  const std::vector<int64_t> outside{100};
  CHECK_THROWS_AS(layer.forward(tensor(outside, {1})), IndexError);
}

TEST_CASE("LayerNorm gives each row mean 0 and variance 1, then scales and shifts") {
  nn::LayerNorm layer({.dim = 64, .eps = 1e-12});
  const Tensor x = test::input({3, 64}) * 5 + 7;
  const Tensor y = layer.forward(x);
  for (int64_t row = 0; row < 3; ++row) {
    const auto values = test::values(y.select(0, row));
    CHECK(mean_of(values) == Approx(0).margin(1e-6));  // sums of 64 terms, rounded to 1e-7 of 7
    CHECK(deviation_of(values) == Approx(1).epsilon(1e-5));
  }
  const NoGrad no_grad;
  layer.weight.fill_(2);
  layer.bias.fill_(3);
  CHECK(test::largest_difference(layer.forward(x), y * 2 + 3) < 1e-6);
}

TEST_CASE("Dropout does nothing outside training") {
  nn::Dropout layer(0.5);
  layer.eval();
  const Tensor x = test::input({10});
  CHECK(layer.forward(x).is_same(x));
  CHECK(layer.probability() == 0);
}

TEST_CASE("Dropout zeroes a share p and keeps the mean") {
  manual_seed(3);
  const nn::Dropout layer(0.3);
  const auto y = test::values(layer.forward(ones({200, 500})));
  CHECK(std::all_of(y.begin(), y.end(),
                    [](double value) { return value == 0 || std::abs(value - 1 / 0.7) < 1e-6; }));
  // of 100,000 draws, one sigma is √(0.3·0.7/100,000) = 0.0014, and 0.0021 of the mean
  const auto zeros = static_cast<double>(std::count(y.begin(), y.end(), 0));
  CHECK(zeros / 1e5 == Approx(0.3).margin(0.006));
  CHECK(mean_of(y) == Approx(1).margin(0.009));
}

TEST_CASE("Dropout draws a new mask at each call, and the same ones after the same seed") {
  const nn::Dropout layer(0.5);
  const Tensor x = ones({1000});
  manual_seed(4);
  const Tensor first = layer.forward(x), second = layer.forward(x);
  manual_seed(4);
  const Tensor again = layer.forward(x);
  manual_seed(5);
  const Tensor other = layer.forward(x);
  CHECK_FALSE(test::bit_equal(first, second));
  CHECK(test::bit_equal(first, again));
  CHECK_FALSE(test::bit_equal(first, other));
}

TEST_CASE("Dropout refuses what is not a probability below 1") {
  CHECK_THROWS_WITH(nn::Dropout(1), "Dropout: the probability must be in [0, 1), got 1");
  CHECK_THROWS_AS(nn::Dropout(-0.1), ValueError);
  CHECK_THROWS_AS(nn::Dropout(std::nan("")), ValueError);
}

TEST_CASE("Gelu is x·Φ(x)") {
  // Φ(1) = 0.841344746, Φ(−2) = 0.022750132
  const Tensor y = nn::Gelu().forward(tensor({0, 1, -2}));
  CHECK(test::largest_difference(y, tensor({0, 0.841344746, -0.045500264})) < 1e-6);
}

TEST_CASE("SkipInit leaves the generator where it is, and ends with its scope") {
  manual_seed(6);
  {
    const nn::SkipInit skip;
    nn::Linear({.in = 3, .out = 3});
    CHECK(default_generator().position() == 0);
  }
  nn::Linear({.in = 3, .out = 3});
  CHECK(default_generator().position() == 2);
}
