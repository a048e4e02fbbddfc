#include "core/ops/triangle.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("tril and triu") {
  const Tensor x = arange(9, DType::float64).view({3, 3}) + 1;
  CHECK(values(tril(x)) == std::vector<double>{1, 0, 0, 4, 5, 0, 7, 8, 9});
  CHECK(values(triu(x)) == std::vector<double>{1, 2, 3, 0, 5, 6, 0, 0, 9});
  CHECK(values(tril(x, 1)) == std::vector<double>{1, 2, 0, 4, 5, 6, 7, 8, 9});
  CHECK(values(triu(x, 1)) == std::vector<double>{0, 2, 3, 0, 0, 6, 0, 0, 0});
  CHECK(values(tril(transpose(x, 0, 1), -1)) == std::vector<double>{0, 0, 0, 2, 0, 0, 3, 6, 0});
  CHECK(values(triu(ones({2, 1, 2}))) == std::vector<double>{1, 1, 1, 1});
  CHECK(values(triu(full({2, 2}, NAN), 1).select(0, 1)) == std::vector<double>{0, 0});
  CHECK(tril(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(tril(arange(3)),
                    ContainsSubstring("tril: expected at least two dimensions, got shape [3]"));
  CHECK_THROWS_WITH(triu(scalar(1)),
                    ContainsSubstring("triu: expected at least two dimensions, got shape []"));
}
