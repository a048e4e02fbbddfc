#include "core/ops/loss.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("the squared error is averaged, summed or left alone") {
  const Tensor x = tensor({1, 2, 3, 4}), y = tensor({1, 0, 0, 3});
  CHECK(values(mse_loss(x, y)) == std::vector<double>{3.5});
  CHECK(values(mse_loss(x, y, Reduction::sum)) == std::vector<double>{14});
  CHECK(values(mse_loss(x, y, Reduction::none)) == std::vector<double>{0, 4, 9, 1});
  const Tensor rows = x.view({2, 2});
  CHECK(values(mse_loss(rows, y.view({2, 2}), Reduction::batchmean)) == std::vector<double>{7});
  CHECK(std::isnan(mse_loss(zeros({0}), zeros({0})).item<float>()));
}

TEST_CASE("the divergence of a distribution from itself is 0, and 0·log 0 counts 0") {
  const Tensor p = tensor({0.5, 0.5, 0, 0.25, 0.25, 0.5}, DType::float64).view({2, 3});
  const Tensor q = tensor({0.25, 0.5, 0.25, 0.25, 0.25, 0.5}, DType::float64).view({2, 3});
  CHECK(largest_difference(kl_div(log(q), q), scalar(0, DType::float64)) < 1e-16);
  const Tensor divergence = kl_div(log(q), p, {.reduction = Reduction::batchmean});
  CHECK(divergence.item<double>() == Approx(0.5 * std::log(2) / 2));  // of two rows
  CHECK(kl_div(log(q), p).item<double>() == Approx(0.5 * std::log(2) / 6));
  CHECK(largest_difference(kl_div(log(p + 0.1), log(q), {.log_target = true}),
                           kl_div(log(p + 0.1), q)) < 1e-16);
}

TEST_CASE("binary cross-entropy: ln 2 when in doubt, the margin when wrong") {
  const auto loss = [](double logit, double target) {
    return binary_cross_entropy_with_logits(scalar(logit, DType::float64),
                                            scalar(target, DType::float64))
        .item<double>();
  };
  CHECK(loss(0, 1) == Approx(std::log(2)));
  CHECK(loss(0, 0.3) == Approx(std::log(2)));
  CHECK(loss(1000, 1) == 0);
  CHECK(loss(1000, 0) == 1000);
  CHECK(loss(-1000, 1) == 1000);
  CHECK(loss(-40, 0) == Approx(std::exp(-40)));  // no 1 + exp(−40) = 1
}

TEST_CASE("the gradient of binary cross-entropy is small, not zero, for sure logits") {
  const Tensor x = tensor({-30, 30, -800, 800}).requires_grad_();
  binary_cross_entropy_with_logits(x, tensor({0, 0, 1, 1}), {.reduction = Reduction::sum})
      .backward();
  const std::vector<double> d = values(x.grad());
  CHECK(d[0] == Approx(std::exp(-30)));
  CHECK(d[1] == Approx(1));
  CHECK(d[2] == Approx(-1));
  CHECK(d[3] == 0);
}

TEST_CASE("weights of elements and of positive targets") {
  const Tensor x = normal({2, 3}), t = tensor({0, 1, 1, 0, 0, 1}, DType::float64).view({2, 3});
  const Tensor plain = binary_cross_entropy_with_logits(x, t, {.reduction = Reduction::none});
  const Tensor two = scalar(2, DType::float64);
  const Tensor weighted =
      binary_cross_entropy_with_logits(x, t, {.weight = two, .reduction = Reduction::none});
  CHECK(largest_difference(weighted, plain * 2.0) < 1e-15);
  const Tensor positive =
      binary_cross_entropy_with_logits(x, t, {.pos_weight = two, .reduction = Reduction::none});
  CHECK(largest_difference(positive, plain * (t + 1.0)) < 1e-15);
}

TEST_CASE("misuse of losses is explained") {
  const Tensor x = zeros({2, 1}), t = zeros({2});
  CHECK_THROWS_WITH(mse_loss(x, t),
                    ContainsSubstring("mse_loss: input [2, 1] and target [2] differ"));
  CHECK_THROWS_WITH(kl_div(x, t), ContainsSubstring("kl_div: input [2, 1] and target [2] differ"));
  CHECK_THROWS_WITH(binary_cross_entropy_with_logits(x, t),
                    ContainsSubstring("binary_cross_entropy_with_logits: input [2, 1] and target "
                                      "[2] differ"));
  CHECK_THROWS_WITH(mse_loss(t, zeros({2}, DType::float64)),
                    ContainsSubstring("mse_loss: dtypes differ: float32 and float64"));
  CHECK_THROWS_WITH(mse_loss(zeros({}), zeros({}), Reduction::batchmean),
                    ContainsSubstring("mse_loss: a scalar has no batch for batchmean"));
}
