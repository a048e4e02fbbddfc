#include "core/ops/layer_norm.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("layer_norm gives each row mean 0 and variance 1") {
  const Tensor x = normal({2, 3, 64}) * 5.0 + 100.0;
  const Tensor one = ones({64}, DType::float64), zero = zeros({64}, DType::float64);
  const Tensor y = layer_norm(x, one, zero, 0);
  const Tensor mu = mean(y, {-1}), variance = mean(pow(y, 2), {-1});
  CHECK(largest_difference(mu, zeros_like(mu)) < 1e-13);
  CHECK(largest_difference(variance, ones_like(mu)) < 1e-13);
  CHECK(largest_difference(layer_norm(x, one * 3.0, zero + 1.0, 0), y * 3.0 + 1.0) < 1e-13);
}

TEST_CASE("a row of equal elements is normalised to beta") {
  const Tensor beta = normal({4}, 1, DType::float32);
  CHECK(bit_equal(layer_norm(full({1, 4}, 3), ones({4}), beta, 1e-12).select(0, 0), beta));
}

TEST_CASE("layer_norm without rows or columns") {
  const Tensor gamma = ones({3}).requires_grad_(), beta = zeros({3}).requires_grad_();
  const Tensor y = layer_norm(zeros({2, 0, 3}), gamma, beta, 1e-5);
  CHECK(y.shape() == Shape{2, 0, 3});
  y.backward(y.detach());
  CHECK(values(gamma.grad()) == std::vector<double>(3, 0));
  CHECK(layer_norm(zeros({2, 0}), zeros({0}), zeros({0}), 1e-5).shape() == Shape{2, 0});
  const Tensor none = zeros({0, 3});
  CHECK(dropout_add_layer_norm(none, none, gamma, beta, {.p = 0.5}).shape() == Shape{0, 3});
}

TEST_CASE("misuse of layer_norm is explained") {
  const Tensor x = zeros({2, 3}), g = zeros({3});
  CHECK_THROWS_WITH(
      layer_norm(x, zeros({2}), zeros({2}), 0),
      ContainsSubstring("layer_norm: gamma [2] and beta [2] do not fit input [2, 3]"));
  CHECK_THROWS_AS(layer_norm(x, g, zeros({2}), 0), ShapeError);
  CHECK_THROWS_AS(layer_norm(zeros({}), g, g, 0), ShapeError);
  CHECK_THROWS_WITH(
      layer_norm(x, g, zeros({3}, DType::float64), 0),
      ContainsSubstring("layer_norm: input holds float32, gamma float32, beta float64"));
  CHECK_THROWS_WITH(
      dropout_add_layer_norm(x, zeros({3}), g, g, {}),
      ContainsSubstring("dropout_add_layer_norm: input [2, 3] and residual [3] differ"));
  CHECK_THROWS_WITH(
      dropout_add_layer_norm(x, zeros({2, 3}, DType::float64), g, g, {}),
      ContainsSubstring("dropout_add_layer_norm: input holds float32, residual float64"));
  CHECK_THROWS_WITH(dropout_add_layer_norm(x, x, g, g, {.p = 1}),
                    ContainsSubstring("the probability must be in [0, 1), got 1"));
}
