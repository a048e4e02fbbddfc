#include "core/ops/rms_norm.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("rows are divided by their root mean square") {
  const Tensor x = tensor({3, 4, 0, -6}, DType::float64).view({2, 2});
  const Tensor y = rms_norm(x, {}, 0);
  const double first = std::sqrt(12.5), second = std::sqrt(18);
  CHECK(largest_difference(
            y, tensor({3 / first, 4 / first, 0, -6 / second}, DType::float64).view({2, 2})) <
        1e-15);
  CHECK(largest_difference(rms_norm(x, tensor({2, 0}, DType::float64), 0),
                           y * tensor({2, 0}, DType::float64)) == 0);
  CHECK(values(rms_norm(zeros({1, 3}), {})) == std::vector<double>{0, 0, 0});  // eps, not 0/0
  CHECK(rms_norm(zeros({0, 3}), ones({3})).shape() == Shape{0, 3});
}

TEST_CASE("misuse of rms_norm is explained") {
  CHECK_THROWS_WITH(rms_norm(zeros({2, 3}), zeros({2})),
                    ContainsSubstring("rms_norm: weight [2] does not fit input [2, 3]"));
  CHECK_THROWS_WITH(rms_norm(zeros({}), {}), ContainsSubstring("rms_norm: a scalar has no rows"));
}
