#include "core/ops/loss.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("equal logits cost ln(classes), and a sure guess nothing or its margin") {
  CHECK(cross_entropy(zeros({3, 8}), integers({0, 5, 7})).item<float>() == Approx(std::log(8)));
  const Tensor sure = tensor({100, 0, 0}).view({1, 3});
  CHECK(cross_entropy(sure, integers({0})).item<float>() == 0);
  CHECK(cross_entropy(sure, integers({2})).item<float>() == 100);
}

TEST_CASE("ignored rows count neither in the mean nor in the gradient") {
  const Tensor x = leaf({4, 5});
  const Tensor loss = cross_entropy(x, integers({1, kIgnoreIndex, 4, kIgnoreIndex}));
  loss.backward();
  const Tensor kept = index_select(x.detach(), 0, integers({0, 2})).requires_grad_();
  const Tensor expected = cross_entropy(kept, integers({1, 4}));
  expected.backward();
  CHECK(largest_difference(loss, expected) < 1e-15);
  CHECK(largest_difference(index_select(x.grad(), 0, integers({0, 2})), kept.grad()) < 1e-15);
  CHECK(values(x.grad().select(0, 1)) == std::vector<double>(5, 0));
  CHECK(bit_equal(cross_entropy(x, integers({1, 0, 4, 0}), 0),
                  cross_entropy(x, integers({1, -1, 4, -1}), -1)));
}

TEST_CASE("the loss of no row is NaN, as in PyTorch") {
  CHECK(std::isnan(cross_entropy(zeros({0, 4}), integers({})).item<float>()));
  CHECK(std::isnan(cross_entropy(zeros({1, 4}), integers({kIgnoreIndex})).item<float>()));
}

TEST_CASE("misuse of cross_entropy is explained") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(cross_entropy(x, integers({0, 3})),
                    ContainsSubstring("cross_entropy: target 3 is out of range for 3 classes"));
  CHECK_THROWS_AS(cross_entropy(x, integers({0, -1})), IndexError);
  CHECK_THROWS_WITH(cross_entropy(x, integers({0})),
                    ContainsSubstring("cross_entropy: targets [1] do not fit logits [2, 3]"));
  CHECK_THROWS_AS(cross_entropy(zeros({3}), integers({0, 1, 2})), ShapeError);
  CHECK_THROWS_WITH(
      cross_entropy(x, zeros({2})),
      ContainsSubstring("cross_entropy: targets must be int64 class indices, not float32"));
  CHECK_THROWS_WITH(cross_entropy(arange(6).view({2, 3}), integers({0, 1})),
                    ContainsSubstring("cross_entropy: expected float32 or float64, got int64"));
}
