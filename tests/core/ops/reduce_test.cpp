#include "core/ops/reduce.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("sums and means over any dimensions") {
  const Tensor x = arange(24, DType::float64).view({2, 3, 4});
  CHECK(values(sum(x)) == std::vector<double>{276});
  CHECK(sum(x).shape().empty());
  CHECK(values(sum(x, {0, 2})) == std::vector<double>{60, 92, 124});
  CHECK(values(sum(x, {-1}, true).select(0, 0)) == std::vector<double>{6, 22, 38});
  CHECK(sum(x, {1}, true).shape() == Shape{2, 1, 4});
  CHECK(sum(x, {}, true).shape() == Shape{1, 1, 1});
  CHECK(values(sum(x, {0, 1})) == std::vector<double>{60, 66, 72, 78});  // sums of columns
  CHECK(values(sum(x.permute({2, 0, 1}), {1, 2})) == std::vector<double>{60, 66, 72, 78});
  CHECK(values(mean(x, {0, 1})) == std::vector<double>{10, 11, 12, 13});
  CHECK(values(mean(x)) == std::vector<double>{11.5});
  CHECK(values(sum(scalar(3))) == std::vector<double>{3});
}

TEST_CASE("a long sum of float32 keeps its small terms") {
  // 2²² terms of 0.1: a plain float32 sum would be off by thousands
  const Tensor x = full({1 << 22}, 0.1);
  CHECK(sum(x).item<float>() == Approx(419430.4).epsilon(1e-6));
  // columns are added up in float32, though by chunks of rows
  CHECK(values(sum(x.view({1 << 21, 2}), {0}))[0] == Approx(209715.2).epsilon(2e-4));
}

TEST_CASE("reductions of nothing") {
  const Tensor none = zeros({0, 3});
  CHECK(values(sum(none)) == std::vector<double>{0});
  CHECK(values(sum(none, {0})) == std::vector<double>{0, 0, 0});
  CHECK(sum(none, {1}).shape() == Shape{0});
  CHECK(values(sum(transpose(none, 0, 1), {1})) == std::vector<double>{0, 0, 0});
  CHECK(std::isnan(mean(none).item<float>()));
  CHECK(amax(none, 1).shape() == Shape{0});
  CHECK(argmax(none, 1).shape() == Shape{0});
  CHECK_THROWS_WITH(amax(none, 0), ContainsSubstring("amax: dimension 0 of [0, 3] is empty"));
  CHECK_THROWS_WITH(argmax(none, -2), ContainsSubstring("argmax: dimension 0 of [0, 3] is empty"));
  const Tensor leafless = zeros({0, 3}).requires_grad_();
  sum(leafless).backward();
  CHECK(leafless.grad().shape() == Shape{0, 3});
}

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

TEST_CASE("sum_to undoes broadcasting") {
  const Tensor x = ones({2, 3, 4});
  CHECK(sum_to(x, {2, 3, 4}).is_same(x));
  CHECK(values(sum_to(x, {3, 1})) == std::vector<double>{8, 8, 8});
  CHECK(values(sum_to(x, {})) == std::vector<double>{24});
  CHECK(sum_to(x, {1, 1, 4}).shape() == Shape{1, 1, 4});
  CHECK_THROWS_WITH(sum_to(x, {2, 4}),
                    ContainsSubstring("sum_to: [2, 4] does not broadcast to [2, 3, 4]"));
}

TEST_CASE("misuse of reductions is explained") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(sum(x, {0, -2}), ContainsSubstring("sum: dimension -2 is named twice"));
  CHECK_THROWS_WITH(sum(x, {2}),
                    ContainsSubstring("sum: dimension 2 is out of range for a tensor of 2"));
  CHECK_THROWS_WITH(sum(arange(3)),
                    ContainsSubstring("sum: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(amax(x, 5), ContainsSubstring("amax: dimension 5"));
}
