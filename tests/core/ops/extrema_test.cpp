#include "core/ops/extrema.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("amax and argmax") {
  const Tensor x = tensor({1, 5, 5, -2, -1, -3}).view({2, 3});
  CHECK(values(amax(x, 1)) == std::vector<double>{5, -1});
  CHECK(values(amax(x, 0)) == std::vector<double>{1, 5, 5});
  CHECK(amax(x, -1, true).shape() == Shape{2, 1});
  CHECK(argmax(x, 1).to_vector<int64_t>() == std::vector<int64_t>{1, 1});  // the first of equals
  CHECK(argmax(x, 0).to_vector<int64_t>() == std::vector<int64_t>{0, 0, 0});
  CHECK(std::isnan(amax(tensor({1, NAN, 2}), 0).item<float>()));
  CHECK(argmax(tensor({1, NAN, 2}), 0).item<int64_t>() == 1);  // as in PyTorch
}

TEST_CASE("equal maxima share the gradient") {
  const Tensor x = tensor({5, 1, 5}, DType::float64).requires_grad_();
  amax(x, 0).backward();
  CHECK(values(x.grad()) == std::vector<double>{0.5, 0, 0.5});
}

TEST_CASE("amin and argmin") {
  const Tensor x = tensor({1, -5, -5, 2, 1, 3}).view({2, 3});
  CHECK(values(amin(x, 1)) == std::vector<double>{-5, 1});
  CHECK(values(amin(x, {0, 1})) == std::vector<double>{-5});
  CHECK(argmin(x, 1).to_vector<int64_t>() == std::vector<int64_t>{1, 1});
  CHECK(std::isnan(amin(tensor({1, NAN, 2}), 0).item<float>()));
  CHECK(argmin(tensor({1, NAN, 2}), 0).item<int64_t>() == 1);
}

TEST_CASE("extrema of all elements") {
  const Tensor x = tensor({1, 7, 5, -2, 7, -3}).view({2, 3});
  CHECK(max(x).item<float>() == 7);
  CHECK(min(x).item<float>() == -3);
  CHECK(max(x).shape().empty());
  CHECK(argmax(x).item<int64_t>() == 1);
  CHECK(argmin(x).item<int64_t>() == 5);
  CHECK(argmax(transpose(x, 0, 1)).item<int64_t>() == 2);  // counted row by row
  CHECK(argmax(x, {}, true).shape() == Shape{1, 1});
  CHECK(max(scalar(3)).item<float>() == 3);
  CHECK(max(arange(5)).item<int64_t>() == 4);
  CHECK(max(tensor({0, 1}, DType::boolean)).item<bool>());
}

TEST_CASE("max and min along a dimension give values and indices") {
  const Tensor x = tensor({1, 5, 5, 2, 1, 3}).view({2, 3});
  const auto [largest, at] = max(x, 1);
  CHECK(values(largest) == std::vector<double>{5, 3});
  CHECK(at.to_vector<int64_t>() == std::vector<int64_t>{1, 2});
  const ValuesAndIndices smallest = min(x, 0, true);
  CHECK(smallest.values.shape() == Shape{1, 3});
  CHECK(smallest.indices.shape() == Shape{1, 3});
  CHECK(values(smallest.values) == std::vector<double>{1, 1, 3});
  CHECK(values(smallest.indices) == std::vector<double>{0, 1, 1});
}

TEST_CASE("the first of equal maxima along a dimension gets the gradient") {
  const Tensor x = tensor({5, 1, 5}, DType::float64).requires_grad_();
  max(x, 0).values.backward();
  CHECK(values(x.grad()) == std::vector<double>{1, 0, 0});
}

TEST_CASE("extrema of nothing, and misuse") {
  const Tensor none = zeros({0, 3});
  CHECK(amax(none, 1).shape() == Shape{0});
  CHECK(argmax(none, 1).shape() == Shape{0});
  CHECK(max(none, 1).values.shape() == Shape{0});
  CHECK_THROWS_WITH(amax(none, 0), ContainsSubstring("amax: dimension 0 of [0, 3] is empty"));
  CHECK_THROWS_WITH(argmax(none, -2), ContainsSubstring("argmax: dimension 0 of [0, 3] is empty"));
  CHECK_THROWS_WITH(amin(none, 0), ContainsSubstring("amin: dimension 0 of [0, 3] is empty"));
  CHECK_THROWS_WITH(argmin(none), ContainsSubstring("argmin: dimension 0 of [0] is empty"));
  CHECK_THROWS_WITH(max(none, 0), ContainsSubstring("max: dimension 0 of [0, 3] is empty"));
  CHECK_THROWS_WITH(min(none, 0), ContainsSubstring("min: dimension 0 of [0, 3] is empty"));
  CHECK_THROWS_WITH(amax(none, 5), ContainsSubstring("amax: dimension 5 is out of range"));
  CHECK_THROWS_WITH(amax(zeros({2, 2}), {0, 0}),
                    ContainsSubstring("amax: dimension 0 is named twice"));
}

TEST_CASE("dimensions are named alone, in a list, or not at all") {
  const Tensor x = tensor({1, 5, 2, -4, 3, 0}).view({2, 3});
  CHECK(amax(x, {}).shape() == Shape{});
  CHECK(bit_equal(amax(x, -1), amax(x, {1})));
  CHECK(values(x.sum(-1)) == std::vector<double>{8, -1});
}

TEST_CASE("a scalar is reduced as if it had one dimension") {
  const Tensor x = tensor({7}).view({}).requires_grad_();
  CHECK(amax(x, 0).item<float>() == 7);
  CHECK(x.sum(-1).item<float>() == 7);
  CHECK(argmax(x, 0).item<int64_t>() == 0);
  const auto [value, index] = max(x, 0);
  CHECK(value.item<float>() == 7);
  CHECK(index.item<int64_t>() == 0);
  CHECK_THROWS_WITH(amax(x, 1), ContainsSubstring("amax: dimension 1 is out of range"));
}
