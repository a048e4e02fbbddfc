#include "core/ops/unary.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("functions of one argument agree with the standard library") {
  const Tensor x = rand({5, 7}, {.seed = 1, .stream = 1}, DType::float64) + 0.1;
  const auto check = [&](const Tensor& y, double (*f)(double)) {
    const std::vector<double> in = values(x), out = values(y);
    for (size_t i = 0; i < in.size(); ++i) CHECK(out[i] == Approx(f(in[i])).epsilon(1e-14));
  };
  check(exp(x), std::exp);
  check(expm1(x), std::expm1);
  check(log(x), std::log);
  check(log1p(x), std::log1p);
  check(sqrt(x), std::sqrt);
  check(rsqrt(x), [](double v) { return 1 / std::sqrt(v); });
  check(square(x), [](double v) { return v * v; });
  check(reciprocal(x), [](double v) { return 1 / v; });
  check(sin(x), std::sin);
  check(cos(x), std::cos);
  check(tanh(x), std::tanh);
  check(erf(x), std::erf);
  check(pow(x, 2), [](double v) { return v * v; });
  check(exp(transpose(x, 0, 1)).transpose(0, 1), std::exp);
}

TEST_CASE("expm1 and log1p keep small numbers that exp and log lose") {
  const Tensor small = scalar(1e-20, DType::float64);
  CHECK(expm1(small).item<double>() == 1e-20);
  CHECK(log1p(small).item<double>() == 1e-20);
  CHECK((exp(small) - 1).item<double>() == 0);
}

TEST_CASE("functions outside of their domain give infinities and NaN, as in PyTorch") {
  CHECK(log(scalar(0)).item<float>() == -INFINITY);
  CHECK(std::isnan(log(scalar(-1)).item<float>()));
  CHECK(std::isnan(sqrt(scalar(-1)).item<float>()));
  CHECK(rsqrt(scalar(0)).item<float>() == INFINITY);
  CHECK(reciprocal(scalar(0)).item<float>() == INFINITY);
}

TEST_CASE("functions of one argument want floating numbers") {
  CHECK_THROWS_WITH(exp(arange(2)),
                    ContainsSubstring("exp: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(sin(zeros({1}, DType::boolean)),
                    ContainsSubstring("sin: expected float32 or float64, got bool"));
  CHECK_THROWS_WITH(rsqrt(arange(2)),
                    ContainsSubstring("rsqrt: expected float32 or float64, got int64"));
}

TEST_CASE("functions of one argument on nothing") {
  const Tensor none = zeros({0, 3}).requires_grad_();
  for (const Tensor& y : {exp(none), tanh(none), rsqrt(none), square(none), cos(none)}) {
    CHECK(y.shape() == Shape{0, 3});
    y.backward(zeros({0, 3}));
  }
  CHECK(none.grad().shape() == Shape{0, 3});
}
