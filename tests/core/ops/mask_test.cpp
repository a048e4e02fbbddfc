#include "core/ops/mask.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("where and masked_fill choose") {
  const Tensor mask = tensor({1, 0, 1}, DType::boolean);
  CHECK(values(where(mask, tensor({1, 2, 3}), tensor({-1}))) == std::vector<double>{1, -1, 3});
  CHECK(values(masked_fill(tensor({1, 2, 3}), mask, -5)) == std::vector<double>{-5, 2, -5});
  CHECK(where(mask, scalar(1), scalar(2)).shape() == Shape{3});
  CHECK_THROWS_WITH(where(tensor({1, 0}), scalar(1), scalar(2)),
                    ContainsSubstring("where: the condition must be bool, not float32"));
  CHECK_THROWS_WITH(masked_fill(zeros({2}), mask, 0),
                    ContainsSubstring("masked_fill: the mask [3] does not broadcast to [2]"));
  CHECK_THROWS_WITH(masked_fill(zeros({1}), mask, 0),
                    ContainsSubstring("masked_fill: the mask [3] does not broadcast to [1]"));
  // a gradient does not pass through what was masked, even where it is not finite there
  const Tensor x = tensor({0, 4}, DType::float64).requires_grad_();
  sum(masked_fill(x, tensor({1, 0}, DType::boolean), 1)).backward();
  CHECK(values(x.grad()) == std::vector<double>{0, 1});
}

TEST_CASE("misuse of choices is explained") {
  CHECK_THROWS_WITH(where(zeros({1}, DType::boolean), zeros({1}), arange(1)),
                    ContainsSubstring("where: dtypes differ"));
}
