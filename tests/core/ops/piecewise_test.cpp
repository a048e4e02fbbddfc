#include "core/ops/piecewise.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

std::vector<double> slopes(Tensor (*f)(const Tensor&), const std::vector<double>& at) {
  const Tensor x = tensor(at, {static_cast<int64_t>(at.size())}, DType::float64).requires_grad_();
  return values(grad({f(x)}, {x}, {ones_like(x)})[0]);
}

}  // namespace

TEST_CASE("abs, sign, relu and leaky_relu") {
  const Tensor x = tensor({-2, 0, 3});
  CHECK(values(abs(x)) == std::vector<double>{2, 0, 3});
  CHECK(values(sign(x)) == std::vector<double>{-1, 0, 1});
  CHECK(values(relu(x)) == std::vector<double>{0, 0, 3});
  CHECK(values(leaky_relu(x, 0.25)) == std::vector<double>{-0.5, 0, 3});
  for (const auto f : {abs, sign, relu}) CHECK(std::isnan(f(scalar(NAN)).item<float>()));
  CHECK_THROWS_WITH(relu(arange(2)),
                    ContainsSubstring("relu: expected float32 or float64, got int64"));
}

TEST_CASE("slopes at a kink are PyTorch's") {
  CHECK(slopes(abs, {-2, 0, 3}) == std::vector<double>{-1, 0, 1});
  CHECK(slopes(sign, {-2, 0, 3}) == std::vector<double>{0, 0, 0});
  CHECK(slopes(relu, {-2, 0, 3}) == std::vector<double>{0, 0, 1});
  const auto leaky = [](const Tensor& x) { return leaky_relu(x, 0.25); };
  CHECK(slopes(leaky, {-2, 0, 3}) == std::vector<double>{0.25, 0.25, 1});
  const auto clamped = [](const Tensor& x) { return clamp(x, -1, 1); };
  CHECK(slopes(clamped, {-2, -1, 0, 1, 2}) == std::vector<double>{0, 1, 1, 1, 0});
}

TEST_CASE("clamp") {
  const Tensor x = tensor({-2, 0, 3});
  CHECK(values(clamp(x, -1, 1)) == std::vector<double>{-1, 0, 1});
  CHECK(values(clamp(x, 1)) == std::vector<double>{1, 1, 3});
  CHECK(values(clamp(x, {}, -1)) == std::vector<double>{-2, -1, -1});
  CHECK(values(clamp(x, 2, 1)) == std::vector<double>{1, 1, 1});  // the upper bound wins
  CHECK(std::isnan(clamp(scalar(NAN), 0, 1).item<float>()));
  CHECK(clamp(zeros({0, 2}), 0).shape() == Shape{0, 2});
  CHECK_THROWS_AS(clamp(x, {}), ValueError);
  CHECK_THROWS_WITH(clamp(x, {}),
                    ContainsSubstring("clamp: at least one of the two bounds must be given"));
}

TEST_CASE("minimum and maximum") {
  const Tensor a = tensor({1, 5, NAN}), b = tensor({2, 3, 0});
  CHECK(values(minimum(a, b).narrow(0, 0, 2)) == std::vector<double>{1, 3});
  CHECK(values(maximum(a, b).narrow(0, 0, 2)) == std::vector<double>{2, 5});
  for (const auto f : {minimum, maximum}) {  // NaN wins from both sides
    CHECK(std::isnan(f(a, b).select(0, 2).item<float>()));
    CHECK(std::isnan(f(b, a).select(0, 2).item<float>()));
  }
  CHECK(values(maximum(arange(3), tensor({1}, DType::int64))) == std::vector<double>{1, 1, 2});
  CHECK_THROWS_WITH(maximum(zeros({2}), zeros({3})),
                    ContainsSubstring("maximum: shapes do not broadcast: [2] and [3]"));
  CHECK_THROWS_WITH(minimum(zeros({2}), arange(2)), ContainsSubstring("minimum: dtypes differ"));
}

TEST_CASE("equal elements share the gradient of minimum and maximum") {
  for (const auto f : {minimum, maximum}) {
    const Tensor a = ones({1}, DType::float64).requires_grad_();
    const Tensor b = ones({1}, DType::float64).requires_grad_();
    f(a, b).backward();
    CHECK(values(a.grad()) == std::vector<double>{0.5});
    CHECK(values(b.grad()) == std::vector<double>{0.5});
  }
}
