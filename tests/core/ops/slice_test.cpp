#include "core/ops/slice.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("slices are Python's") {
  const Tensor x = arange(6);
  CHECK(values(slice(x, 0, 1, 5)) == std::vector<double>{1, 2, 3, 4});
  CHECK(values(slice(x, 0, {}, {}, 2)) == std::vector<double>{0, 2, 4});
  CHECK(values(slice(x, 0, 1, {}, 2)) == std::vector<double>{1, 3, 5});
  CHECK(values(slice(x, 0, -2)) == std::vector<double>{4, 5});
  CHECK(values(slice(x, 0, {}, -4)) == std::vector<double>{0, 1});
  CHECK(values(slice(x, 0, -100, 100, 4)) == std::vector<double>{0, 4});
  CHECK(slice(x, 0, 4, 2).shape() == Shape{0});
  CHECK(slice(x, 0, 100).shape() == Shape{0});
  CHECK(slice(zeros({0, 2}), 0, 1, {}, 3).shape() == Shape{0, 2});
  const Tensor matrix = arange(12).view({3, 4});
  CHECK(values(slice(matrix, 1, 1, {}, 2)) == std::vector<double>{1, 3, 5, 7, 9, 11});
  CHECK(slice(matrix, 1, 1, {}, 2).data<int64_t>() == matrix.data<int64_t>() + 1);  // a view
  CHECK_THROWS_WITH(slice(x, 0, {}, {}, -1),
                    ContainsSubstring("slice: the step must be positive, got -1; flip() reverses"));
  CHECK_THROWS_AS(slice(x, 0, {}, {}, 0), ValueError);
  CHECK_THROWS_WITH(slice(x, 1), ContainsSubstring("slice: dimension 1 is out of range"));
}

TEST_CASE("diagonals") {
  const Tensor x = arange(12).view({3, 4});
  CHECK(values(diagonal(x)) == std::vector<double>{0, 5, 10});
  CHECK(values(diagonal(x, 1)) == std::vector<double>{1, 6, 11});
  CHECK(values(diagonal(x, 3)) == std::vector<double>{3});
  CHECK(values(diagonal(x, -1)) == std::vector<double>{4, 9});
  CHECK(values(diagonal(transpose(x, 0, 1), 1)) == std::vector<double>{4, 9});
  CHECK(diagonal(x, 4).shape() == Shape{0});
  CHECK(diagonal(x, -7).shape() == Shape{0});
  CHECK(values(diagonal(arange(8).view({2, 2, 2}), 0, 0, 2)) == std::vector<double>{0, 5, 2, 7});
  CHECK(diagonal(x).data<int64_t>() == x.data<int64_t>());  // a view
  CHECK_THROWS_WITH(diagonal(x, 0, 1, -1),
                    ContainsSubstring("diagonal: dimension -1 is named twice"));
  CHECK_THROWS_WITH(diagonal(arange(3)),
                    ContainsSubstring("diagonal: dimension 1 is out of range"));
}

TEST_CASE("unfold shows windows") {
  const Tensor x = arange(5);
  CHECK(values(unfold(x, 0, 3, 1)) == std::vector<double>{0, 1, 2, 1, 2, 3, 2, 3, 4});
  CHECK(values(unfold(x, 0, 2, 3)) == std::vector<double>{0, 1, 3, 4});
  CHECK(unfold(zeros({2, 5, 3}), 1, 2, 2).shape() == Shape{2, 2, 3, 2});
  CHECK(values(unfold(arange(4).view({2, 2}), 0, 2, 1)) == std::vector<double>{0, 2, 1, 3});
  CHECK(unfold(x, 0, 3, 1).data<int64_t>() == x.data<int64_t>());  // a view
  CHECK_THROWS_WITH(unfold(x, 0, 6, 1),
                    ContainsSubstring("unfold: windows of 6 do not fit into dimension 0 of [5]"));
  CHECK_THROWS_WITH(unfold(x, 0, 2, 0),
                    ContainsSubstring("unfold: the step must be positive, got 0"));
}

TEST_CASE("split and chunk") {
  const Tensor x = arange(10).view({5, 2});
  const Tensors parts = split(x, 2);
  REQUIRE(parts.size() == 3);
  CHECK(values(parts[1]) == std::vector<double>{4, 5, 6, 7});
  CHECK(parts[2].shape() == Shape{1, 2});
  const Tensors given = split(x, {4, 0, 1}, -2);
  REQUIRE(given.size() == 3);
  CHECK(given[1].shape() == Shape{0, 2});
  CHECK(values(given[2]) == std::vector<double>{8, 9});
  CHECK(chunk(x, 2)[0].shape() == Shape{3, 2});
  CHECK(chunk(x, 4).size() == 3);  // of 2, 2 and 1 rows, as in PyTorch
  CHECK(chunk(x, 9).size() == 5);
  CHECK(split(zeros({0, 2}), 3).size() == 1);
  CHECK_THROWS_WITH(split(x, 0), ContainsSubstring("split: the size must be positive, got 0"));
  CHECK_THROWS_WITH(
      split(x, {2, 2}),
      ContainsSubstring("split: sizes [2, 2] do not add up to dimension 0 of [5, 2]"));
  CHECK_THROWS_WITH(chunk(x, 0), ContainsSubstring("chunk: their number must be positive, got 0"));
}
