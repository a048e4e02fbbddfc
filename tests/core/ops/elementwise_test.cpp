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

TEST_CASE("functions of one argument agree with the standard library") {
  const Tensor x = rand({5, 7}, {.seed = 1, .stream = 1}, DType::float64) + 0.1;
  const auto check = [&](const Tensor& y, double (*f)(double)) {
    const std::vector<double> in = values(x), out = values(y);
    for (size_t i = 0; i < in.size(); ++i) CHECK(out[i] == Approx(f(in[i])).epsilon(1e-14));
  };
  check(exp(x), std::exp);
  check(log(x), std::log);
  check(sqrt(x), std::sqrt);
  check(tanh(x), std::tanh);
  check(erf(x), std::erf);
  check(pow(x, 2), [](double v) { return v * v; });
  check(exp(transpose(x, 0, 1)).transpose(0, 1), std::exp);
}

TEST_CASE("pow at zero") {
  const Tensor x = zeros({1}, DType::float64).requires_grad_();
  CHECK(values(pow(x, 0)) == std::vector<double>{1});
  const auto slope = [&](double c) { return values(grad({pow(x, c)}, {x})[0])[0]; };
  CHECK(slope(0) == 0);
  CHECK(slope(1) == 1);
  CHECK(slope(2) == 0);
}

TEST_CASE("misuse of element-wise operations is explained") {
  CHECK_THROWS_WITH(zeros({2, 3}) + zeros({4}),
                    ContainsSubstring("add: shapes do not broadcast: [2, 3] and [4]"));
  CHECK_THROWS_WITH(
      zeros({2}) * zeros({2}, DType::float64),
      ContainsSubstring("mul: dtypes differ: float32 and float64; convert one with to()"));
  CHECK_THROWS_WITH(arange(2) / arange(2),
                    ContainsSubstring("div: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(exp(arange(2)),
                    ContainsSubstring("exp: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(zeros({1}, DType::boolean) + zeros({1}, DType::boolean),
                    ContainsSubstring("add: expected float32 or float64, got bool"));
  CHECK_THROWS_WITH(arange(2) * 0.5,
                    ContainsSubstring("0.5 is not an int64; convert the tensor with to()"));
}

TEST_CASE("element-wise operations on nothing") {
  const Tensor none = zeros({0, 3}).requires_grad_();
  for (const Tensor& y :
       {exp(none), none + none, none * tensor({1, 2, 3}), pow(none, 2), tanh(none)}) {
    CHECK(y.shape() == Shape{0, 3});
    y.backward(zeros({0, 3}));
  }
  CHECK(none.grad().shape() == Shape{0, 3});
}
