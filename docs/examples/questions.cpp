// Chapter 17: questions that readers ask, answered by running them.
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "core/autograd/grad_mode.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"
#include "nn/nn.hpp"

using namespace gradus;

namespace {

double norm_of(const Tensor& x) { return std::sqrt(sum(x * x).item<double>()); }
Tensor random(const Shape& shape, uint64_t stream) {
  return randn(shape, {.seed = 17, .stream = stream}, DType::float64);
}

// #region key-bias
// The output of an attention, and again after something was added to the bias of its keys.
double effect_of_key_bias(nn::MultiHeadAttention& attention, const Tensor& x) {
  const Tensor before = attention.forward(x, x);
  const NoGrad no_grad;
  attention.key.bias.add_(5);
  return norm_of(attention.forward(x, x) - before) / norm_of(before);
}
// #endregion key-bias

double effect_of_query_bias(nn::MultiHeadAttention& attention, const Tensor& x) {
  const Tensor before = attention.forward(x, x);
  const NoGrad no_grad;
  attention.query.bias.add_(5);
  return norm_of(attention.forward(x, x) - before) / norm_of(before);
}

// #region batch-gradient
// The gradient of a mean loss over 8 rows, and the mean of the gradients of two halves.
double halves_differ(nn::Linear& layer, const Tensor& x, const Tensor& target) {
  const auto gradient = [&](int64_t first, int64_t rows) {
    layer.zero_grad();
    mse_loss(layer.forward(x.narrow(0, first, rows)), target.narrow(0, first, rows)).backward();
    return layer.weight.grad();
  };
  const Tensor whole = gradient(0, 8);
  return norm_of(whole - (gradient(0, 4) + gradient(4, 4)) * 0.5);
}
// #endregion batch-gradient

// The loss before each of 30 steps of descent on ½‖x‖² with a rate, and after the last.
std::vector<double> descent(double rate) {
  Tensor x = ones({1}, DType::float64);
  std::vector<double> losses;
  for (int i = 0; i <= 30; ++i) {
    losses.push_back(0.5 * sum(x * x).item<double>());
    x = x - x * rate;
  }
  return losses;
}

// How far dropout in training and none in evaluation lie apart, in the mean over many draws.
void dropout_study(Numbers& numbers) {
  const Tensor x = ones({10'000}, DType::float64);
  const Tensor y = dropout(x, 0.1, {.seed = 17, .stream = 1});
  numbers.add("dropout.mean", mean(y).item<double>());
  numbers.add("dropout.survivor", amax(y, 0, false).item<double>());
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  manual_seed(17);
  nn::MultiHeadAttention attention({.hidden = 16, .heads = 4});
  attention.to(DType::float64);
  const Tensor x = random({2, 6, 16}, 1);
  numbers.expect(effect_of_key_bias(attention, x) < 1e-12, "the bias of keys has no effect");
  numbers.add("query_bias", effect_of_query_bias(attention, x));
  attention.zero_grad();
  sum(attention.forward(x, x) * random({2, 6, 16}, 2)).backward();
  numbers.expect(norm_of(attention.key.bias.grad()) < 1e-12, "and no gradient");
  numbers.add("query_bias_gradient", norm_of(attention.query.bias.grad()));

  // two linear layers without anything between them are one
  const Tensor rows = random({5, 4}, 3), w1 = random({4, 8}, 4), w2 = random({8, 3}, 5);
  numbers.expect(norm_of(matmul(matmul(rows, w1), w2) - matmul(rows, matmul(w1, w2))) < 1e-12,
                 "two linear layers are one");
  numbers.add("gelu_between",
              norm_of(matmul(gelu(matmul(rows, w1)), w2) - matmul(rows, matmul(w1, w2))) /
                  norm_of(matmul(rows, matmul(w1, w2))));

  nn::Linear layer({.in = 4, .out = 3});
  layer.to(DType::float64);
  numbers.expect(halves_differ(layer, random({8, 4}, 6), random({8, 3}, 7)) < 1e-12,
                 "the gradient of a batch is the mean of its halves");

  for (const double rate : {0.1, 1.0, 1.9, 2.1}) {
    const std::string name = fmt::format("r{:.0f}", rate * 10);
    numbers.add("rate." + name, descent(rate).back());
    numbers.add("descent." + name, descent(rate));
  }
  dropout_study(numbers);

  // sums of float32 depend on their order
  const float large = 1e8F, small = 1.0F;
  numbers.add("order.left", static_cast<double>((large + small) - large));
  numbers.add("order.right", static_cast<double>((large - large) + small));

  // gradcheck in float32 would see this much noise: rounding of f over 2h
  numbers.add("noise32", std::ldexp(1.0, -24) / 1e-3);

  // Exercise: scaling W_q by 2 and W_k by ½ changes nothing.
  const Tensor q = random({1, 6, 2, 4}, 8), k = random({1, 6, 2, 4}, 9),
               v = random({1, 6, 2, 4}, 10);
  numbers.expect(
      norm_of(gradus::attention(q * 2.0, k * 0.5, v, {}) - gradus::attention(q, k, v, {})) < 1e-12,
      "only the product of queries and keys counts");
  return numbers.finish(argc, argv, 1e-3);
}
