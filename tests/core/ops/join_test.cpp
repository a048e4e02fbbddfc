#include "core/ops/join.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("cat and stack join copies") {
  const Tensor a = arange(4).view({2, 2}), b = arange(2).view({2, 1});
  CHECK(cat({a, b}, -1).to_vector<int64_t>() == std::vector<int64_t>{0, 1, 0, 2, 3, 1});
  CHECK(stack({a, a}, 1).shape() == Shape{2, 2, 2});
  CHECK(stack({a, a}, -1).to_vector<int64_t>() == std::vector<int64_t>{0, 0, 1, 1, 2, 2, 3, 3});
  CHECK_THROWS_WITH(cat({}), ContainsSubstring("cat: no tensors given"));
  CHECK_THROWS_WITH(cat({a, b}, 0),
                    ContainsSubstring("cat: [2, 2] and [2, 1] differ in another dimension than 0"));
  CHECK_THROWS_WITH(cat({a, zeros({2, 2})}),
                    ContainsSubstring("cat: dtypes differ: int64 and float32"));
  CHECK_THROWS_WITH(cat({a, arange(2)}),
                    ContainsSubstring("cat: [2, 2] and [2] have different dimensions"));
}

TEST_CASE("joins of nothing and of scalars") {
  const Tensor none = zeros({0, 3});
  CHECK(cat({none, zeros({2, 3}), none}, 0).shape() == Shape{2, 3});
  CHECK(stack({none, none}, 1).shape() == Shape{0, 2, 3});
  CHECK(stack({scalar(4), scalar(5)}).shape() == Shape{2});
  CHECK_THROWS_AS(cat({scalar(4), scalar(5)}), IndexError);
}

TEST_CASE("pad puts a border around, and cuts where it is negative") {
  const Tensor x = arange(4).view({2, 2});
  CHECK(values(pad(x, {1, 2}, 9)) == std::vector<double>{9, 0, 1, 9, 9, 9, 2, 3, 9, 9});
  CHECK(values(pad(x, {0, 0, 1, 0})) == std::vector<double>{0, 0, 0, 1, 2, 3});
  CHECK(values(pad(x, {-1, 1, 0, -1}, 7)) == std::vector<double>{1, 7});
  CHECK(values(pad(transpose(x, 0, 1), {1, 0})) == std::vector<double>{0, 0, 2, 0, 1, 3});
  CHECK(pad(zeros({0, 2}), {1, 1, 1, 1}).shape() == Shape{2, 4});
  CHECK(bit_equal(pad(scalar(3), {}), scalar(3)));
  CHECK_THROWS_WITH(pad(x, {1}), ContainsSubstring("pad: expected two sizes for each of at most 2 "
                                                   "dimensions, got 1"));
  CHECK_THROWS_AS(pad(x, {1, 1, 1, 1, 1, 1}), ValueError);
  CHECK_THROWS_WITH(pad(x, {-2, -1}),
                    ContainsSubstring("pad: -2 and -1 leave nothing of dimension 1 of [2, 2]"));
}
