#include "core/ops/batch_norm.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("training brings every channel to mean 0 and variance 1") {
  const Tensor x = normal({4, 3, 5}) * 3.0 + 2.0;
  const Tensor y = batch_norm(x, {}, {}, {}, {}, {.training = true, .eps = 0});
  CHECK(largest_difference(mean(y, {0, 2}), zeros({3}, DType::float64)) < 1e-15);
  CHECK(largest_difference(mean(pow(y, 2), {0, 2}), ones({3}, DType::float64)) < 1e-14);
}

TEST_CASE("training moves the running statistics towards those of the batch") {
  const Tensor x = tensor({1, 10, 3, 30}, DType::float64).view({2, 2});  // means 2 and 20
  const Tensor mean = tensor({0, 10}, DType::float64), var = tensor({1, 1}, DType::float64);
  batch_norm(x, mean, var, {}, {}, {.training = true, .momentum = 0.5});
  CHECK(values(mean) == std::vector<double>{1, 15});
  CHECK(values(var) == std::vector<double>{1.5, 100.5});  // the unbiased ones are 2 and 200
  CHECK(mean.version() > 0);
  const uint64_t version = mean.version();
  batch_norm(x, mean, var);  // evaluation does not
  CHECK(mean.version() == version);
}

TEST_CASE("evaluation uses the running statistics") {
  const Tensor x = tensor({1, 10, 3, 30}, DType::float64).view({2, 2});
  const Tensor mean = tensor({1, 10}, DType::float64), var = tensor({4, 100}, DType::float64);
  const Tensor weight = tensor({2, 10}, DType::float64), bias = tensor({0, 1}, DType::float64);
  const Tensor y = batch_norm(x, mean, var, weight, bias, {.eps = 0});
  CHECK(values(y) == std::vector<double>{0, 1, 2, 21});
}

TEST_CASE("misuse of batch_norm is explained") {
  const Tensor x = zeros({2, 3}), stats = ones({3});
  CHECK_THROWS_WITH(batch_norm(zeros({3}), stats, stats),
                    ContainsSubstring("batch_norm: input [3] must be [batch, channels, ...]"));
  CHECK_THROWS_WITH(batch_norm(x, {}, stats),
                    ContainsSubstring("batch_norm: evaluation needs running_mean and running_var"));
  CHECK_THROWS_WITH(batch_norm(x, stats, stats, ones({2})),
                    ContainsSubstring("batch_norm: weight [2] must have one element for each "
                                      "channel of [2, 3]"));
  CHECK_THROWS_WITH(batch_norm(zeros({1, 3}), {}, {}, {}, {}, {.training = true}),
                    ContainsSubstring("batch_norm: training needs more than one value for a "
                                      "channel, got input [1, 3]"));
  CHECK_THROWS_WITH(batch_norm(x, stats, stats, ones({3}, DType::float64)),
                    ContainsSubstring("batch_norm: dtypes differ: float32 and float64"));
}
