#include "core/ops/lookup.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("index with int64 tensors") {
  const Tensor x = arange(12).view({3, 4}), all;
  CHECK(values(index(x, {integers({2, -3})})) == std::vector<double>{8, 9, 10, 11, 0, 1, 2, 3});
  CHECK(values(index(x, {integers({0, 2}), integers({1, -1})})) == std::vector<double>{1, 11});
  CHECK(values(index(x, {all, integers({3, 0})})) == std::vector<double>{3, 0, 7, 4, 11, 8});
  const Tensor outer = index(x, {integers({0, 2}).view({2, 1}), integers({1, 3})});
  CHECK(values(outer) == std::vector<double>{1, 3, 9, 11});
  CHECK(outer.shape() == Shape{2, 2});
  CHECK(values(index(transpose(x, 0, 1), {integers({1})})) == std::vector<double>{1, 5, 9});
  CHECK(index(x, {zeros({0, 2}, DType::int64)}).shape() == Shape{0, 2, 4});
  CHECK(values(index(x, {scalar(1, DType::int64)})) == std::vector<double>{4, 5, 6, 7});
  CHECK(bit_equal(index(x, {}), x));
}

TEST_CASE("the dimensions of an index go where NumPy puts them") {
  const Tensor x = zeros({2, 3, 4, 5}), all, i = integers({0, 1, 0, 1, 0, 0});
  CHECK(index(x, {all, i}).shape() == Shape{2, 6, 4, 5});
  CHECK(index(x, {all, i, i.view({6, 1})}).shape() == Shape{2, 6, 6, 5});
  CHECK(index(x, {i, all, i}).shape() == Shape{6, 3, 5});  // no neighbours: at the front
  CHECK(index(x, {all, i, all, i}).shape() == Shape{6, 2, 4});
  // checked by value: x[:, [1, 0], [2]] of a small cube
  const Tensor cube = arange(12).view({2, 2, 3});
  CHECK(values(index(cube, {all, integers({1, 0}), integers({2})})) ==
        std::vector<double>{5, 2, 11, 8});
}

TEST_CASE("index with masks") {
  const Tensor x = arange(6).view({2, 3}), all;
  const Tensor rows = tensor({0, 1}, DType::boolean);
  CHECK(values(index(x, {rows})) == std::vector<double>{3, 4, 5});
  CHECK(values(index(x, {all, tensor({1, 0, 1}, DType::boolean)})) ==
        std::vector<double>{0, 2, 3, 5});
  const Tensor some = tensor({0, 1, 0, 1, 0, 1}, DType::boolean).view({2, 3});
  CHECK(values(index(x, {some})) == std::vector<double>{1, 3, 5});
  CHECK(index(x, {zeros({2}, DType::boolean)}).shape() == Shape{0, 3});
}

TEST_CASE("masked_select, nonzero and one_hot") {
  const Tensor x = arange(6).view({2, 3});
  const Tensor mask = tensor({0, 1, 1}, DType::boolean);
  CHECK(values(masked_select(x, mask)) == std::vector<double>{1, 2, 4, 5});
  CHECK(values(masked_select(integers({7}), mask)) == std::vector<double>{7, 7});
  CHECK(values(nonzero(x)) == std::vector<double>{0, 1, 0, 2, 1, 0, 1, 1, 1, 2});
  CHECK(nonzero(zeros({2, 3})).shape() == Shape{0, 2});
  CHECK(nonzero(scalar(3)).shape() == Shape{1, 0});
  const Tensor hot = one_hot(integers({2, 0}), 3);
  CHECK(values(hot) == std::vector<double>{0, 0, 1, 1, 0, 0});
  CHECK(hot.dtype() == DType::int64);
  CHECK(one_hot(integers({2, 0})).shape() == Shape{2, 3});
  CHECK(one_hot(zeros({2, 0}, DType::int64), 4).shape() == Shape{2, 0, 4});
}

TEST_CASE("misuse of indexing by tensors is explained") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(index(x, {integers({2})}),
                    ContainsSubstring("index: 2 is out of range for dimension 0 of [2, 3]"));
  CHECK_THROWS_WITH(index(x, {{}, integers({-4})}),
                    ContainsSubstring("index: -4 is out of range for dimension 1 of [2, 3]"));
  CHECK_THROWS_WITH(index(x, {zeros({2})}),
                    ContainsSubstring("index: expected int64 or bool, got float32"));
  CHECK_THROWS_WITH(index(x, {{}, {}, integers({0})}),
                    ContainsSubstring("index: more indices than [2, 3] has dimensions"));
  CHECK_THROWS_WITH(index(x, {zeros({3}, DType::boolean)}),
                    ContainsSubstring("index: the mask [3] does not fit [2, 3] at dimension 0"));
  CHECK_THROWS_AS(index(x, {integers({0, 1}), integers({0, 1, 2})}), ShapeError);
  CHECK_THROWS_WITH(masked_select(x, x),
                    ContainsSubstring("masked_select: the mask must be bool, not float32"));
  CHECK_THROWS_WITH(masked_select(x, zeros({2}, DType::boolean)),
                    ContainsSubstring("masked_select: shapes do not broadcast: [2, 3] and [2]"));
  CHECK_THROWS_WITH(one_hot(integers({0, 3}), 3),
                    ContainsSubstring("one_hot: index 3 is out of range for 3 classes"));
  CHECK_THROWS_WITH(one_hot(integers({-1})),
                    ContainsSubstring("one_hot: index -1 is out of range"));
  CHECK_THROWS_WITH(one_hot(x), ContainsSubstring("one_hot: the index must be int64, not float32"));
  CHECK_THROWS_WITH(one_hot(integers({})),
                    ContainsSubstring("one_hot: the number of classes cannot "
                                      "be -1 for an index of shape [0]"));
}
