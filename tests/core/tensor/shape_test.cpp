#include "core/tensor/shape.hpp"

#include "core/error.hpp"
#include "tests/catch.hpp"

using namespace gradus;

TEST_CASE("shapes are printed as lists") {
  CHECK(to_string(Shape{}) == "[]");
  CHECK(to_string(Shape{2, 3}) == "[2, 3]");
}

TEST_CASE("numel is the product of the sizes") {
  CHECK(numel({}) == 1);
  CHECK(numel({2, 3, 4}) == 24);
  CHECK(numel({2, 0, 4}) == 0);
  CHECK_THROWS_AS(numel({-2}), ShapeError);
  CHECK_THROWS_AS(numel({int64_t{1} << 40, int64_t{1} << 40}), ShapeError);
  CHECK_THROWS_AS(numel({0, int64_t{1} << 40, int64_t{1} << 40}), ShapeError);
}

TEST_CASE("contiguous strides") {
  CHECK(contiguous_strides({}).empty());
  CHECK(contiguous_strides({2, 3, 4}) == Shape{12, 4, 1});
  CHECK(contiguous_strides({2, 0, 4}) == Shape{4, 4, 1});
}

TEST_CASE("negative dimensions count from the end") {
  CHECK(normalize_dim("op", 1, 3) == 1);
  CHECK(normalize_dim("op", -1, 3) == 2);
  CHECK(normalize_dim("op", -3, 3) == 0);
  for (const int64_t dim : {3, -4}) CHECK_THROWS_AS(normalize_dim("op", dim, 3), IndexError);
  CHECK_THROWS_WITH(normalize_dim("op", 0, 0),
                    "op: dimension 0 is out of range for a tensor of 0 dimensions");
}

TEST_CASE("shapes broadcast from the last dimension") {
  CHECK(broadcast_shapes("op", {2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast_shapes("op", {2, 1, 3}, {4, 1}) == Shape{2, 4, 3});
  CHECK(broadcast_shapes("op", {}, {2}) == Shape{2});
  CHECK(broadcast_shapes("op", {1}, {0}) == Shape{0});
  CHECK_THROWS_WITH(broadcast_shapes("op", {2, 3}, {2}),
                    ContainsSubstring("op: shapes do not broadcast: [2, 3] and [2]"));
  CHECK_THROWS_AS(broadcast_shapes("op", {2}, {0}), ShapeError);
}

TEST_CASE("stretches_to") {
  CHECK(stretches_to({3}, {2, 3}));
  CHECK(stretches_to({}, {2}));
  CHECK(stretches_to({2, 1}, {2, 5}));
  CHECK_FALSE(stretches_to({2, 3}, {3}));
  CHECK_FALSE(stretches_to({2}, {3}));
  CHECK_FALSE(stretches_to({2, 5}, {2, 1}));
}

TEST_CASE("strides of a stretched tensor are 0 where it stretches") {
  CHECK(broadcast_strides({2, 1}, {1, 1}, {4, 2, 3}) == Shape{0, 1, 0});
  CHECK(broadcast_strides({2, 3}, {3, 1}, {2, 3}) == Shape{3, 1});
  // As in PyTorch, 1 to 1 is no stretch.
  CHECK(broadcast_strides({1, 3}, {3, 1}, {1, 3}) == Shape{3, 1});
}
