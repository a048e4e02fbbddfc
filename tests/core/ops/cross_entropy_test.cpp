#include "core/ops/cross_entropy.hpp"

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

TEST_CASE("label smoothing shares a part of the target among all classes") {
  const Tensor x = normal({3, 4});
  const Tensor log_probs = log_softmax(x, 1), target = integers({2, kIgnoreIndex, 0});
  const Tensor smoothed = cross_entropy(x, target, {.label_smoothing = 0.2});
  const Tensor shared = -mean(index_select(log_probs, 0, integers({0, 2})));
  CHECK(largest_difference(smoothed, cross_entropy(x, target) * 0.8 + shared * 0.2) < 1e-15);
  CHECK(largest_difference(cross_entropy(x, target, {.label_smoothing = 1}), shared) < 1e-15);
}

TEST_CASE("probabilities that are sure of a class cost as much as that class") {
  const Tensor x = leaf({2, 3});
  const Tensor sure = tensor({0, 1, 0, 0, 0, 1}, DType::float64).view({2, 3});
  const CrossEntropyOptions options{.weight = tensor({1, 2, 3}, DType::float64),
                                    .label_smoothing = 0.3,
                                    .reduction = Reduction::none};
  const Tensor by_class = cross_entropy(x, integers({1, 2}));
  CHECK(largest_difference(cross_entropy(x, sure), by_class) < 1e-15);
  // weights are of classes there, too; the losses of classes weigh the smoothed part alike
  const Tensor q = sure * 0.7 + 0.1;
  const Tensor expected = -sum(q * options.weight * log_softmax(x, 1), {1});
  CHECK(largest_difference(cross_entropy(x, sure, options), expected) < 1e-15);
  const auto of_both = [](const Tensors& in) {
    return cross_entropy(in[0], in[1], {.label_smoothing = 0.3});
  };
  CHECK(gradcheck(of_both, {x, sure}, {.atol = 1e-8, .rtol = 1e-6}).passed);
  CHECK(gradgradcheck(of_both, {x, sure}, {.atol = 1e-8, .rtol = 1e-6}).passed);
}

TEST_CASE("the classes may lie before further dimensions, or stand alone") {
  const Tensor x = normal({2, 5, 3, 4});
  std::vector<int64_t> classes(24);
  for (size_t i = 0; i < 24; ++i) classes[i] = static_cast<int64_t>(i % 5);
  const Tensor target = tensor(classes, {2, 3, 4});
  const Tensor each = cross_entropy(x, target, {.reduction = Reduction::none});
  CHECK(each.shape() == Shape{2, 3, 4});
  const Tensor pixel = x.select(0, 1).select(1, 2).select(1, 3);  // [classes]
  const Tensor alone = cross_entropy(pixel, target.select(0, 1).select(0, 2).select(0, 3));
  CHECK(alone.shape().empty());
  CHECK(values(alone)[0] == values(each).back());
  CHECK(largest_difference(cross_entropy(x, target, {.reduction = Reduction::sum}), sum(each)) <
        1e-13);  // two dozen terms of size 2
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
  CHECK_THROWS_WITH(
      cross_entropy(x, integers({0, 1}), {.weight = ones({2})}),
      ContainsSubstring("cross_entropy: weight [2] must have one element for each of 3 classes"));
  CHECK_THROWS_WITH(cross_entropy(x, integers({0, 1}), {.label_smoothing = 1.5}),
                    ContainsSubstring("cross_entropy: label_smoothing must be in [0, 1], got 1.5"));
  CHECK_THROWS_WITH(cross_entropy(x, zeros({2, 3}, DType::float64)),
                    ContainsSubstring("cross_entropy: dtypes differ: float32 and float64"));
  CHECK_THROWS_WITH(cross_entropy(x, integers({0, 1}), {.reduction = Reduction::batchmean}),
                    ContainsSubstring("cross_entropy: batchmean is for kl_div alone"));
  CHECK_THROWS_WITH(cross_entropy(zeros({}), scalar(0, DType::int64)),
                    ContainsSubstring("cross_entropy: a scalar has no dimension of classes"));
}
