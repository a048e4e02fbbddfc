#include "core/ops/rearrange.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("flip") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(values(flip(x, {1})) == std::vector<double>{2, 1, 0, 5, 4, 3});
  CHECK(values(flip(x, {0, -1})) == std::vector<double>{5, 4, 3, 2, 1, 0});
  CHECK(values(flip(transpose(x, 0, 1), {0})) == std::vector<double>{2, 5, 1, 4, 0, 3});
  CHECK(bit_equal(flip(x, {}), x));
  CHECK(flip(zeros({0, 2}), {0}).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(flip(x, {1, -1}), ContainsSubstring("flip: dimension -1 is named twice"));
  CHECK_THROWS_WITH(flip(x, {2}), ContainsSubstring("flip: dimension 2 is out of range"));
}

TEST_CASE("roll") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(values(roll(x, {1}, {1})) == std::vector<double>{2, 0, 1, 5, 3, 4});
  CHECK(values(roll(x, {-1}, {1})) == std::vector<double>{1, 2, 0, 4, 5, 3});
  CHECK(values(roll(x, {4, 1}, {1, 0})) == std::vector<double>{5, 3, 4, 2, 0, 1});
  CHECK(bit_equal(roll(x, {3}, {1}), x));
  CHECK(roll(zeros({0, 2}), {1}, {0}).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(roll(x, {1, 2}, {0}),
                    ContainsSubstring("roll: 2 shifts are given for 1 dimensions"));
  CHECK_THROWS_WITH(roll(x, {1}, {2}), ContainsSubstring("roll: dimension 2 is out of range"));
}

TEST_CASE("repeat") {
  const Tensor x = arange(2);
  CHECK(values(repeat(x, {3})) == std::vector<double>{0, 1, 0, 1, 0, 1});
  CHECK(repeat(x, {3, 2}).shape() == Shape{3, 4});
  CHECK(values(repeat(x.view({2, 1}), {2, 2})) == std::vector<double>{0, 0, 1, 1, 0, 0, 1, 1});
  CHECK(repeat(x, {0}).shape() == Shape{0});
  CHECK(values(repeat(scalar(7), {2})) == std::vector<double>{7, 7});
  CHECK_THROWS_WITH(repeat(zeros({2, 2}), {2}),
                    ContainsSubstring("repeat: 1 repeats are given for 2 dimensions"));
  CHECK_THROWS_WITH(repeat(x, {-1}), ContainsSubstring("repeat: -1 is negative"));
}
