#include "core/ops/statistics.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("var and std") {
  const Tensor x = tensor({1, 2, 3, 4, 10, 10}, DType::float64).view({2, 3});
  CHECK(values(var(x, {1})) == std::vector<double>{1, 12});
  CHECK(values(var(x, {1}, {.correction = 0}))[0] == Approx(2.0 / 3));
  CHECK(values(gradus::std(x, {1}))[1] == Approx(std::sqrt(12)));
  CHECK(var(x, {0}, {.keepdim = true}).shape() == Shape{1, 3});
  CHECK(values(var(transpose(x, 0, 1), {0})) == std::vector<double>{1, 12});
  CHECK(var(x).item<double>() == Approx(16));
  CHECK(std::isnan(var(scalar(3)).item<float>()));  // one number says nothing of the spread
  CHECK(std::isnan(var(zeros({0})).item<float>()));
  CHECK(var(scalar(3), {}, {.correction = 0}).item<float>() == 0);
}

TEST_CASE("a spread of nothing has no slope") {
  const Tensor x = ones({3}, DType::float64).requires_grad_();
  gradus::std(x).backward();
  CHECK(values(x.grad()) == std::vector<double>{0, 0, 0});
}

TEST_CASE("norms") {
  const Tensor x = tensor({3, -4, 0, 0, 5, 12}, DType::float64).view({3, 2});
  CHECK(values(norm(x, 2, {1})) == std::vector<double>{5, 0, 13});
  CHECK(values(norm(x, 1, {1})) == std::vector<double>{7, 0, 17});
  CHECK(values(norm(x, INFINITY, {1})) == std::vector<double>{4, 0, 12});
  CHECK(values(norm(x, 0, {1})) == std::vector<double>{2, 0, 2});
  CHECK(values(norm(x, 3, {1}))[0] == Approx(std::cbrt(27 + 64)));
  CHECK(values(norm(x, -INFINITY, {1})) == std::vector<double>{3, 0, 5});
  CHECK(values(norm(x, -1, {1}))[0] == Approx(1 / (1 / 3. + 1 / 4.)));
  CHECK(values(norm(x, -1, {1}))[1] == 0);
  CHECK(norm(x).item<double>() == Approx(std::sqrt(25 + 169)));
  CHECK(norm(x, 2, {0}, true).shape() == Shape{1, 2});
  CHECK(norm(zeros({0, 2}), 2, {1}).shape() == Shape{0});
  CHECK(values(norm(zeros({0, 2}), 2, {0})) == std::vector<double>{0, 0});
}

TEST_CASE("norms have the gradient 0 at 0") {
  for (const double p : {0.5, 1.0, 1.5, 2.0, 3.0}) {
    INFO(p);
    const Tensor x = zeros({3}, DType::float64).requires_grad_();
    norm(x, p).backward();
    CHECK(values(x.grad()) == std::vector<double>{0, 0, 0});
  }
}

TEST_CASE("logsumexp neither overflows nor underflows") {
  const Tensor x = tensor({1000, 1000, -1000, -1000}, DType::float64).view({2, 2});
  const std::vector<double> y = values(logsumexp(x, {1}));
  CHECK(y[0] == Approx(1000 + std::log(2)));
  CHECK(y[1] == Approx(-1000 + std::log(2)));
  CHECK(logsumexp(x, {0}, true).shape() == Shape{1, 2});
  CHECK(logsumexp(full({2}, -INFINITY), {0}).item<float>() == -INFINITY);
  CHECK(logsumexp(tensor({1, INFINITY}), {0}).item<float>() == INFINITY);
}

TEST_CASE("misuse of statistics is explained") {
  CHECK_THROWS_AS(norm(zeros({2}), NAN), ValueError);
  CHECK_THROWS_WITH(norm(zeros({2}), NAN), ContainsSubstring("norm: p is not a number"));
  CHECK_THROWS_WITH(var(arange(3)), ContainsSubstring("expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(logsumexp(zeros({2, 3}), {2}),
                    ContainsSubstring("dimension 2 is out of range"));
}
