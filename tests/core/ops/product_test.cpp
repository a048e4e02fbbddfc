#include "core/ops/product.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("products of vectors and matrices by hand") {
  const Tensor v = tensor({1, 2}), w = tensor({3, 4}), m = tensor({1, 2, 3, 4}).view({2, 2});
  CHECK(values(dot(v, w)) == std::vector<double>{11});
  CHECK(values(outer(v, w)) == std::vector<double>{3, 4, 6, 8});
  CHECK(values(mv(m, v)) == std::vector<double>{5, 11});
  CHECK(values(bmm(m.unsqueeze(0), m.unsqueeze(0))) == std::vector<double>{7, 10, 15, 22});
  CHECK(values(addmm(v, m, m)) == std::vector<double>{8, 12, 16, 24});
  CHECK(values(addmm(m, m, m, {.beta = 2, .alpha = -1})) == std::vector<double>{-5, -6, -9, -14});
}

TEST_CASE("products without elements") {
  CHECK(values(dot(zeros({0}), zeros({0}))) == std::vector<double>{0});
  CHECK(outer(zeros({0}), zeros({3})).shape() == Shape{0, 3});
  CHECK(values(mv(zeros({2, 0}), zeros({0}))) == std::vector<double>{0, 0});
  CHECK(bmm(zeros({0, 2, 3}), zeros({0, 3, 4})).shape() == Shape{0, 2, 4});
  CHECK(values(addmm(ones({1}), zeros({1, 0}), zeros({0, 2}))) == std::vector<double>{1, 1});
}

TEST_CASE("misuse of named products is explained") {
  const Tensor m = zeros({2, 3}), v = zeros({3});
  CHECK_THROWS_WITH(dot(m, v),
                    ContainsSubstring("dot: expected 1 and 1 dimensions, got [2, 3] and [3]"));
  CHECK_THROWS_WITH(dot(v, zeros({2})),
                    ContainsSubstring("dot: the vectors have 3 and 2 elements"));
  CHECK_THROWS_WITH(mv(m, zeros({2})),
                    ContainsSubstring("mv: the vector [2] does not fit the matrix [2, 3]"));
  CHECK_THROWS_WITH(outer(v, m),
                    ContainsSubstring("outer: expected 1 and 1 dimensions, got [3] and [2, 3]"));
  CHECK_THROWS_WITH(
      bmm(zeros({2, 3, 4}), zeros({1, 4, 5})),
      ContainsSubstring("bmm: batches or inner dimensions differ: [2, 3, 4] × [1, 4, 5]"));
  CHECK_THROWS_WITH(addmm(v, m, m),
                    ContainsSubstring("addmm: inner dimensions differ: [2, 3] × [2, 3]"));
  CHECK_THROWS_WITH(addmm(zeros({2}), m, zeros({3, 3})),
                    ContainsSubstring("addmm: [2] does not broadcast to the product [2, 3]"));
  CHECK_THROWS_WITH(dot(v, zeros({3}, DType::float64)),
                    ContainsSubstring("dot: dtypes differ: float32 and float64"));
}
