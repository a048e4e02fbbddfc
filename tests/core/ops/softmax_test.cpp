#include "core/ops/softmax.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("softmax sums to 1 along its dimension, and log_softmax is its logarithm") {
  const Tensor x = normal({3, 4, 5});
  for (const int64_t dim : {0, 1, 2, -1, -3}) {
    INFO(dim);
    const Tensor total = sum(softmax(x, dim), {dim});
    CHECK(largest_difference(total, ones_like(total)) < 1e-14);
    CHECK(largest_difference(log_softmax(x, dim), log(softmax(x, dim))) < 1e-14);
  }
}

TEST_CASE("softmax of what has no rows, no columns or no dimensions") {
  for (const Shape& shape : {Shape{0, 3}, Shape{3, 0}, Shape{0}}) {
    const Tensor x = zeros(shape).requires_grad_();
    CHECK(softmax(x, -1).shape() == shape);
    CHECK(softmax(x, 0).shape() == shape);
    log_softmax(x, -1).backward(zeros(shape));
    CHECK(x.grad().shape() == shape);
  }
  CHECK(values(softmax(scalar(3), 0)) == std::vector<double>{1});
  CHECK(values(log_softmax(scalar(3), -1)) == std::vector<double>{0});
}

TEST_CASE("softmax of infinities") {
  const double inf = INFINITY;
  CHECK(values(softmax(tensor({0, -inf, 0}), 0)) == std::vector<double>{0.5, 0, 0.5});
  const auto nothing = values(softmax(tensor({-inf, -inf}), 0));  // as in PyTorch
  CHECK(std::isnan(nothing[0]));
  CHECK(values(softmax(tensor({1e30, 0}), 0)) == std::vector<double>{1, 0});
}

TEST_CASE("misuse of softmax is explained") {
  CHECK_THROWS_WITH(softmax(zeros({2, 3}), 2), ContainsSubstring("softmax: dimension 2 is out of"));
  CHECK_THROWS_WITH(softmax(scalar(1), 1), ContainsSubstring("softmax: dimension 1 is out of"));
  CHECK_THROWS_WITH(log_softmax(zeros({2}), -2), ContainsSubstring("log_softmax: dimension -2"));
  CHECK_THROWS_WITH(softmax(arange(3), 0),
                    ContainsSubstring("softmax: expected float32 or float64"));
}
