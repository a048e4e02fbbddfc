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
