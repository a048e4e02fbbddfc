#include "core/ops/nll.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("the loss of each row is what stands at its class, negated and weighted") {
  const Tensor x = tensor({-1, -2, -3, -4, -5, -6}, DType::float64).view({2, 3});
  const Tensor target = integers({2, 0});
  CHECK(values(nll_loss(x, target)) == std::vector<double>{3.5});
  CHECK(values(nll_loss(x, target, {.reduction = Reduction::sum})) == std::vector<double>{7});
  const Tensor weight = tensor({3, 9, 1}, DType::float64);
  CHECK(values(nll_loss(x, target, {.weight = weight, .reduction = Reduction::none})) ==
        std::vector<double>{3, 12});
  CHECK(values(nll_loss(x, target, {.weight = weight})) == std::vector<double>{15 / 4.0});
}

TEST_CASE("ignored rows count nothing, also where their class would be one") {
  const Tensor x = tensor({-1, -2, -3, -4}, DType::float64).view({2, 2});
  CHECK(values(nll_loss(x, integers({kIgnoreIndex, 1}))) == std::vector<double>{4});
  CHECK(values(nll_loss(x, integers({0, 1}), {.ignore_index = 0})) == std::vector<double>{4});
  CHECK(values(nll_loss(x, integers({0, 1}), {.ignore_index = 0, .reduction = Reduction::none})) ==
        std::vector<double>{0, 4});
  CHECK(std::isnan(nll_loss(x, integers({-100, -100})).item<double>()));
  CHECK(std::isnan(nll_loss(zeros({0, 2}), integers({})).item<float>()));
}

TEST_CASE("a probability of 0 for another class does no harm") {
  const double inf = std::numeric_limits<double>::infinity();
  Tensor x = tensor({-inf, -0.5, -inf, -inf}, DType::float64).view({2, 2}).clone();
  x.requires_grad_();
  const Tensor loss = nll_loss(x, integers({1, kIgnoreIndex}));
  loss.backward();
  CHECK(values(loss) == std::vector<double>{0.5});
  CHECK(values(x.grad()) == std::vector<double>{0, -1, 0, 0});
}

TEST_CASE("the classes of an image are its second dimension") {
  const Tensor x = normal({2, 3, 4});
  const std::vector<int64_t> classes{0, 1, 2, 0, 2, 2, 1, 0};
  const Tensor each = nll_loss(x, tensor(classes, {2, 4}), {.reduction = Reduction::none});
  CHECK(each.shape() == Shape{2, 4});
  CHECK(values(each.select(0, 1).select(0, 2))[0] ==
        -values(x.select(0, 1).select(0, 1).select(0, 2))[0]);
}

TEST_CASE("misuse of nll_loss is explained") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(nll_loss(x, integers({0, 3})),
                    ContainsSubstring("nll_loss: target 3 is out of range for 3 classes"));
  CHECK_THROWS_WITH(nll_loss(x, integers({0, 1, 2})),
                    ContainsSubstring("nll_loss: targets [3] do not fit logits [2, 3]"));
  CHECK_THROWS_WITH(
      nll_loss(x, zeros({2})),
      ContainsSubstring("nll_loss: targets must be int64 class indices, not float32"));
  CHECK_THROWS_WITH(
      nll_loss(x, integers({0, 1}), {.weight = ones({4})}),
      ContainsSubstring("nll_loss: weight [4] must have one element for each of 3 classes"));
}
