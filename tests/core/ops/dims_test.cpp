#include "core/ops/dims.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("squeeze, unsqueeze and flatten") {
  const Tensor x = zeros({2, 1, 3});
  CHECK(x.squeeze(1).shape() == Shape{2, 3});
  CHECK(x.squeeze(-2).shape() == Shape{2, 3});
  CHECK(x.squeeze(0).is_same(x));  // not of size 1
  CHECK(x.unsqueeze(-1).shape() == Shape{2, 1, 3, 1});
  CHECK(x.unsqueeze(3).shape() == Shape{2, 1, 3, 1});
  CHECK(x.flatten(1).shape() == Shape{2, 3});
  CHECK(x.flatten(0, -2).shape() == Shape{2, 3});
  CHECK_THROWS_WITH(x.unsqueeze(4), ContainsSubstring("unsqueeze: dimension 4"));
  CHECK_THROWS_WITH(x.flatten(2, 1), ContainsSubstring("flatten: dimension 2 comes after 1"));
}

TEST_CASE("unflatten divides a dimension") {
  const Tensor x = arange(12).view({2, 6});
  CHECK(unflatten(x, 1, {2, 3}).shape() == Shape{2, 2, 3});
  CHECK(unflatten(x, -1, {3, -1}).shape() == Shape{2, 3, 2});
  CHECK(unflatten(x, 0, {-1}).shape() == Shape{2, 6});
  CHECK(unflatten(transpose(x, 0, 1), 0, {3, 2}).strides() == Shape{2, 1, 6});  // a view
  CHECK(unflatten(zeros({0, 6}), 0, {0, 4}).shape() == Shape{0, 4, 6});
  for (const Shape& sizes : {Shape{2, 4}, Shape{4, -1}, Shape{-1, -1}, Shape{0, -1}}) {
    CHECK_THROWS_AS(unflatten(x, 1, sizes), ShapeError);
  }
  CHECK_THROWS_WITH(
      unflatten(x, 1, {2, 4}),
      ContainsSubstring("unflatten: sizes [2, 4] do not divide dimension 1 of [2, 6]"));
}
