#include "core/ops/compare.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("comparisons give bool") {
  const Tensor a = tensor({1, 2, 3}), b = tensor({2});
  CHECK(eq(a, b).dtype() == DType::boolean);
  CHECK(values(eq(a, b)) == std::vector<double>{0, 1, 0});
  CHECK(values(ne(a, b)) == std::vector<double>{1, 0, 1});
  CHECK(values(lt(a, b)) == std::vector<double>{1, 0, 0});
  CHECK(values(le(a, b)) == std::vector<double>{1, 1, 0});
  CHECK(values(gt(a, b)) == std::vector<double>{0, 0, 1});
  CHECK(values(ge(a, b)) == std::vector<double>{0, 1, 1});
  CHECK(values(eq(a.view({3, 1}), a)) == std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1});
  CHECK(values(eq(transpose(arange(4).view({2, 2}), 0, 1), arange(4).view({2, 2}))) ==
        std::vector<double>{1, 0, 0, 1});
  CHECK(eq(zeros({0, 3}), zeros({3})).shape() == Shape{0, 3});
}

TEST_CASE("comparisons with a number") {
  const Tensor a = arange(3);
  CHECK(values(eq(a, 1)) == std::vector<double>{0, 1, 0});
  CHECK(values(ne(a, 1)) == std::vector<double>{1, 0, 1});
  CHECK(values(lt(a, 1)) == std::vector<double>{1, 0, 0});
  CHECK(values(le(a, 1)) == std::vector<double>{1, 1, 0});
  CHECK(values(gt(a, 1)) == std::vector<double>{0, 0, 1});
  CHECK(values(ge(a, 1)) == std::vector<double>{0, 1, 1});
  CHECK(eq(scalar(2), 2).shape().empty());
}

TEST_CASE("NaN equals nothing and is neither smaller nor larger") {
  const Tensor nan = tensor({NAN});
  for (const Tensor& y : {eq(nan, nan), lt(nan, nan), le(nan, nan), gt(nan, nan), ge(nan, nan)}) {
    CHECK(values(y) == std::vector<double>{0});
  }
  CHECK(values(ne(nan, nan)) == std::vector<double>{1});
}

TEST_CASE("logic takes what is not 0 for true, in any dtype") {
  const Tensor a = tensor({0, 0, -2, NAN}), b = tensor({0, 1, 0, 1}, DType::int64);
  CHECK(logical_and(a, b).dtype() == DType::boolean);
  CHECK(values(logical_and(a, b)) == std::vector<double>{0, 0, 0, 1});
  CHECK(values(logical_or(a, b)) == std::vector<double>{0, 1, 1, 1});
  CHECK(values(logical_xor(a, b)) == std::vector<double>{0, 1, 1, 0});
  CHECK(values(logical_not(a)) == std::vector<double>{1, 1, 0, 0});
  CHECK(logical_or(a.view({4, 1}), b).shape() == Shape{4, 4});
}

TEST_CASE("comparisons and logic have no gradient") {
  const Tensor x = leaf({3});
  for (const Tensor& y : {eq(x, x), lt(x, 0), logical_and(x, x), logical_xor(x, x), logical_not(x)})
    CHECK_FALSE(y.requires_grad());
}

TEST_CASE("misuse of comparisons is explained") {
  CHECK_THROWS_WITH(eq(zeros({2}), arange(2)),
                    ContainsSubstring("eq: dtypes differ: float32 and int64"));
  CHECK_THROWS_WITH(lt(zeros({2}), zeros({3})),
                    ContainsSubstring("lt: shapes do not broadcast: [2] and [3]"));
  CHECK_THROWS_WITH(gt(arange(2), 0.5), ContainsSubstring("0.5 is not an int64"));
  CHECK_THROWS_WITH(logical_or(zeros({2}), zeros({3})),
                    ContainsSubstring("logical_or: shapes do not broadcast: [2] and [3]"));
}
