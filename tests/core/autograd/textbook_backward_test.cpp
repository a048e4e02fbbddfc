// Fused operations hand their second derivative to their textbook form. It must count each path
// once, also where the inputs are one tensor or depend on each other, as in self-attention and in
// residual connections.
#include "core/autograd/textbook_backward.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("second derivative of self-attention, where one tensor is all inputs") {
  const auto f = [](const Tensors& x) { return attention(x[0], x[0], x[0], {}); };
  const GradcheckReport report = gradgradcheck(f, {normal({1, 3, 1, 2})});
  INFO(report.failure);
  CHECK(report.passed);
}

TEST_CASE("second derivative of a linear layer with its input as weight") {
  const auto f = [](const Tensors& x) { return linear(x[0], x[0]); };
  const GradcheckReport report = gradgradcheck(f, {normal({2, 3})});
  INFO(report.failure);
  CHECK(report.passed);
}

TEST_CASE("second derivative where the inputs depend on each other") {
  for (const FusedPair& pair : fused_pairs()) {
    INFO(pair.name);
    // each input also carries a share of the one before it
    const auto second_order = [&](const TensorFunction& f) {
      Tensors leaves, chained;
      for (const Tensor& input : pair.inputs) {
        leaves.push_back(input.clone().requires_grad_());
        const Tensor share = chained.empty() ? zeros({}, DType::float64) : mean(chained.back());
        chained.push_back(leaves.back() + share);
      }
      const Tensor y = f(chained);
      const Tensors first = grad({y}, leaves, {normal(y.shape(), 1)}, {.create_graph = true});
      Tensor total = zeros({}, DType::float64);
      for (const Tensor& d : first) total = total + sum(pow(d, 2));
      return grad({total}, leaves, {}, {.allow_unused = true});
    };
    const Tensors fused = second_order(pair.fused), textbook = second_order(pair.textbook);
    for (size_t i = 0; i < fused.size(); ++i) {
      REQUIRE(fused[i].defined() == textbook[i].defined());
      // sums of up to 10⁵ terms of size 1 to 100 in float64
      if (fused[i].defined()) CHECK(largest_difference(fused[i], textbook[i]) < 1e-9);
    }
  }
}

TEST_CASE("an input that needs no gradient gets none at the second order either") {
  const Tensor x = leaf({2, 3}), w = normal({4, 3}, 1), b = leaf({4}, 2);
  const Tensor y = linear(x, w, b);
  const Tensors d = grad({y}, {x, b}, {normal({2, 4}, 3)}, {.create_graph = true});
  CHECK(d[0].shape() == Shape{2, 3});
  CHECK(d[1].shape() == Shape{4});
  CHECK_FALSE(w.grad().defined());
}
