#include "core/ops/order.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("sort and argsort") {
  const Tensor x = tensor({3, 1, 2, 6, 6, 5}).view({2, 3});
  const auto [ascending, from] = sort(x);
  CHECK(values(ascending) == std::vector<double>{1, 2, 3, 5, 6, 6});
  CHECK(values(from) == std::vector<double>{1, 2, 0, 2, 0, 1});  // equal elements keep their order
  CHECK(from.dtype() == DType::int64);
  CHECK(values(sort(x, -1, true).indices) == std::vector<double>{0, 2, 1, 0, 1, 2});
  CHECK(values(sort(x, 0, true).values) == std::vector<double>{6, 6, 5, 3, 1, 2});
  CHECK(values(argsort(transpose(x, 0, 1), 0)) == std::vector<double>{1, 2, 2, 0, 0, 1});
  CHECK_FALSE(argsort(leaf({3})).requires_grad());
}

TEST_CASE("NaN is sorted as the largest") {
  const Tensor x = tensor({NAN, 2, INFINITY, 1});
  CHECK(values(argsort(x)) == std::vector<double>{3, 1, 2, 0});
  CHECK(values(argsort(x, 0, true)) == std::vector<double>{0, 2, 1, 3});
}

TEST_CASE("topk") {
  const Tensor x = tensor({3, 1, 2, 4, 6, 5}).view({2, 3});
  CHECK(values(topk(x, 2).values) == std::vector<double>{3, 2, 6, 5});
  CHECK(values(topk(x, 2).indices) == std::vector<double>{0, 2, 1, 2});
  CHECK(values(topk(x, 1, 0, false).values) == std::vector<double>{3, 1, 2});
  CHECK(topk(x, 0).values.shape() == Shape{2, 0});
}

TEST_CASE("sorting nothing, and misuse of sorting") {
  CHECK(sort(zeros({0, 3})).values.shape() == Shape{0, 3});
  CHECK(sort(zeros({3, 0})).indices.shape() == Shape{3, 0});
  CHECK_THROWS_WITH(sort(zeros({2}), 1), ContainsSubstring("sort: dimension 1 is out of range"));
  CHECK_THROWS_WITH(argsort(zeros({2}), -2),
                    ContainsSubstring("argsort: dimension -2 is out of range"));
  CHECK_THROWS_WITH(
      topk(zeros({2, 3}), 4),
      ContainsSubstring("topk: 4 elements are out of range for dimension 1 of [2, 3]"));
}
