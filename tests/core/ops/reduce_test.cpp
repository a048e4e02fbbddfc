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
  CHECK(values(prod(none, {0})) == std::vector<double>{1, 1, 1});
  const Tensor leafless = zeros({0, 3}).requires_grad_();
  sum(leafless).backward();
  CHECK(leafless.grad().shape() == Shape{0, 3});
}

TEST_CASE("products, and their gradients beside zeros") {
  const Tensor x = tensor({1, 2, 3, 4, 5, 6}).view({2, 3});
  CHECK(values(prod(x)) == std::vector<double>{720});
  CHECK(values(prod(x, {0})) == std::vector<double>{4, 10, 18});
  CHECK(prod(x, {-1}, true).shape() == Shape{2, 1});
  CHECK(values(prod(transpose(x, 0, 1), {0})) == std::vector<double>{6, 120});
  // each gets the product of the others: one zero leaves one of them, two leave none
  const Tensor zeros = tensor({0, 2, 3, 0, 0, 5}, DType::float64).view({2, 3}).requires_grad_();
  sum(prod(zeros, {1})).backward();
  CHECK(values(zeros.grad()) == std::vector<double>{6, 0, 0, 0, 0, 0});
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
  CHECK_THROWS_WITH(mean(x, {-3}), ContainsSubstring("mean: dimension -3 is out of range"));
  CHECK_THROWS_WITH(prod(x, {1, 1}), ContainsSubstring("prod: dimension 1 is named twice"));
  CHECK_THROWS_WITH(prod(arange(3)),
                    ContainsSubstring("prod: expected float32 or float64, got int64"));
}
