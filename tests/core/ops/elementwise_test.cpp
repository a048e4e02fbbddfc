#include "core/ops/elementwise.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("arithmetic broadcasts, in every dtype that can be added") {
  for (const DType dtype : {DType::float32, DType::float64, DType::int64}) {
    INFO(name_of(dtype));
    const Tensor a = tensor({1, 2, 3}, dtype), b = tensor({10, 20}, dtype).view({2, 1});
    CHECK(values(a + b) == std::vector<double>{11, 12, 13, 21, 22, 23});
    CHECK(values(a - b) == std::vector<double>{-9, -8, -7, -19, -18, -17});
    CHECK(values(a * b) == std::vector<double>{10, 20, 30, 20, 40, 60});
    CHECK(values(-a) == std::vector<double>{-1, -2, -3});
    CHECK(values(a + 1.0) == std::vector<double>{2, 3, 4});
    CHECK(values(1.0 - a) == std::vector<double>{0, -1, -2});
    CHECK(values(a * 2.0) == values(2.0 * a));
    CHECK((a + b).dtype() == dtype);
  }
  CHECK(values(tensor({1, 4}) / tensor({2})) == std::vector<double>{0.5, 2});
  CHECK(values(1.0 / tensor({2, 4})) == std::vector<double>{0.5, 0.25});
}

TEST_CASE("pow at zero") {
  const Tensor x = zeros({1}, DType::float64).requires_grad_();
  CHECK(values(pow(x, 0)) == std::vector<double>{1});
  const auto slope = [&](double c) { return values(grad({pow(x, c)}, {x})[0])[0]; };
  CHECK(slope(0) == 0);
  CHECK(slope(1) == 1);
  CHECK(slope(2) == 0);
}

TEST_CASE("pow with a tensor for the exponent") {
  const Tensor base = tensor({2, 3, 4}, DType::float64),
               exponent = tensor({3, -1, 0.5}, DType::float64);
  CHECK(values(pow(base, exponent)) == std::vector<double>{8, 1.0 / 3, 2});
  CHECK(pow(base.view({3, 1}), exponent).shape() == Shape{3, 3});
  CHECK(std::isnan(pow(tensor({-8}), tensor({0.5})).item<float>()));
}

TEST_CASE("pow with a tensor for the exponent, at zero") {
  // as in PyTorch: 0⁰ = 1 with slopes 0, and 0ᵇ has no slope in b
  const Tensor a = zeros({4}, DType::float64).requires_grad_();
  const Tensor b = tensor({0, 1, 2, 0.5}, DType::float64).requires_grad_();
  const Tensor y = pow(a, b);
  CHECK(values(y) == std::vector<double>{1, 0, 0, 0});
  const Tensors slopes = grad({y}, {a, b}, {ones({4}, DType::float64)});
  CHECK(values(slopes[0]) == std::vector<double>{0, 1, 0, INFINITY});
  CHECK(values(slopes[1]) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("misuse of element-wise operations is explained") {
  CHECK_THROWS_WITH(zeros({2, 3}) + zeros({4}),
                    ContainsSubstring("add: shapes do not broadcast: [2, 3] and [4]"));
  CHECK_THROWS_WITH(
      zeros({2}) * zeros({2}, DType::float64),
      ContainsSubstring("mul: dtypes differ: float32 and float64; convert one with to()"));
  CHECK_THROWS_WITH(arange(2) / arange(2),
                    ContainsSubstring("div: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(pow(arange(2), arange(2)),
                    ContainsSubstring("pow: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(pow(zeros({2}), zeros({3})),
                    ContainsSubstring("pow: shapes do not broadcast: [2] and [3]"));
  CHECK_THROWS_WITH(zeros({1}, DType::boolean) + zeros({1}, DType::boolean),
                    ContainsSubstring("add: expected float32 or float64, got bool"));
  CHECK_THROWS_WITH(arange(2) * 0.5,
                    ContainsSubstring("0.5 is not an int64; convert the tensor with to()"));
}

TEST_CASE("element-wise operations on nothing") {
  const Tensor none = zeros({0, 3}).requires_grad_();
  for (const Tensor& y :
       {pow(none, none), none + none, none * tensor({1, 2, 3}), pow(none, 2), -none}) {
    CHECK(y.shape() == Shape{0, 3});
    y.backward(zeros({0, 3}));
  }
  CHECK(none.grad().shape() == Shape{0, 3});
}
