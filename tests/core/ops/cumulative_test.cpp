#include "core/ops/cumulative.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("cumsum runs along a dimension") {
  const Tensor x = tensor({1, 2, 3, 4, 5, 6}).view({2, 3});
  CHECK(values(cumsum(x, 1)) == std::vector<double>{1, 3, 6, 4, 9, 15});
  CHECK(values(cumsum(x, -2)) == std::vector<double>{1, 2, 3, 5, 7, 9});
  CHECK(values(cumsum(transpose(x, 0, 1), 0)) == std::vector<double>{1, 4, 3, 9, 6, 15});
  CHECK(cumsum(zeros({0, 3}), 0).shape() == Shape{0, 3});
  CHECK(cumsum(zeros({3, 0}), 1).shape() == Shape{3, 0});
}

TEST_CASE("misuse of cumsum is explained") {
  CHECK_THROWS_WITH(cumsum(zeros({2}), 1),
                    ContainsSubstring("cumsum: dimension 1 is out of range"));
  CHECK_THROWS_WITH(cumsum(arange(2), 0),
                    ContainsSubstring("cumsum: expected float32 or float64, got int64"));
}
