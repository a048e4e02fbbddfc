// The error bounds that math-inl.hpp and softmax.cpp state, over the whole range of floats.
#include <cmath>

#include "core/kernels/elementwise.hpp"
#include "core/kernels/normalization.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

// Every 20011th bit pattern in [low, high]: all signs, exponents and NaNs, 200,000 floats.
Array sample_floats(float low, float high) {
  Array x;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 20011) {
    const auto pattern = static_cast<uint32_t>(bits);
    float value;
    std::memcpy(&value, &pattern, sizeof(value));
    if (std::isnan(value) || (value >= low && value <= high)) x.push_back(value);
  }
  return x;
}

// Evenly spaced, where a function does something.
Array grid(float low, float high) {
  constexpr int kPoints = 100000;
  Array x;
  for (int i = 0; i <= kPoints; ++i) {
    x.push_back(low + (high - low) * static_cast<float>(i) / static_cast<float>(kPoints));
  }
  return x;
}

template <class Kernel, class Exact>
double worst_ulp(const Array& x, const Kernel& kernel, const Exact& exact) {
  Array y(x.size());
  kernel(x.data(), y.data(), static_cast<int64_t>(x.size()));
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    worst = std::max(worst, ulp_error(y[i], exact(double{x[i]})));
  }
  return worst;
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

const Array kSpecial = {0.0F,     -0.0F,    kInfinity, -kInfinity, kNaN,   1e-45F, -1e-45F,
                        88.7228F, 88.7229F, -87.4F,    -103.97F,   -104.F, 3e38F,  -3e38F};

}  // namespace

TEST_CASE("exp is within its bound", "[kernels]") {
  const auto kernel = [](auto... args) { kernels::exp(args...); };
  const auto exact = [](double x) { return std::exp(x); };
  on_each_target([&] {
    CHECK(worst_ulp(kSpecial, kernel, exact) <= 1.2);
    CHECK(worst_ulp(sample_floats(-kInfinity, kInfinity), kernel, exact) <= 1.2);
    CHECK(worst_ulp(grid(-104, 89), kernel, exact) <= 1.2);
  });
}

TEST_CASE("tanh is within its bound", "[kernels]") {
  const auto kernel = [](auto... args) { kernels::tanh(args...); };
  const auto exact = [](double x) { return std::tanh(x); };
  on_each_target([&] {
    CHECK(worst_ulp(kSpecial, kernel, exact) <= 2);
    CHECK(worst_ulp(sample_floats(-kInfinity, kInfinity), kernel, exact) <= 2);
    CHECK(worst_ulp(grid(-10, 10), kernel, exact) <= 2);
  });
}

TEST_CASE("gelu by erf is within its bound", "[kernels]") {
  const auto kernel = [](auto... args) { gelu(GeluForm::erf, args...); };
  const auto exact = [](double x) { return x * normal_cdf(x); };
  on_each_target([&] {
    CHECK(worst_ulp(sample_floats(-13, kInfinity), kernel, exact) <= 8);
    CHECK(worst_ulp(grid(-13, 10), kernel, exact) <= 8);
    // beyond −13, Φ leaves the normal floats: the absolute error stays below a denormal's step · x
    CHECK(worst_ulp({-14.0F, -15.0F, -100.0F}, kernel, exact) <= 20);
  });
}

TEST_CASE("the tanh form of gelu and both derivatives are within 4e-7", "[kernels]") {
  constexpr double kSlope = 0.7978845608028654, kCubic = 0.044715;
  const auto sigmoid = [](double x) {
    return 1 / (1 + std::exp(-2 * kSlope * (x + kCubic * x * x * x)));
  };
  const auto density = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); };
  const auto erf_derivative = [&](double x) { return normal_cdf(x) + x * density(x); };
  const auto tanh_derivative = [&](double x) {
    const double s = sigmoid(x);
    return s + x * s * (1 - s) * 2 * kSlope * (1 + 3 * kCubic * x * x);
  };
  const Array x = grid(-12, 12);
  const Array ones(x.size(), 1.0F);
  const auto n = static_cast<int64_t>(x.size());
  Wide tanh_form, erf_slope, tanh_slope;
  for (double value : x) {
    tanh_form.push_back(value * sigmoid(value));
    erf_slope.push_back(erf_derivative(value));
    tanh_slope.push_back(tanh_derivative(value));
  }
  Array y(x.size());
  on_each_target([&] {
    gelu(GeluForm::tanh, x.data(), y.data(), n);
    CHECK(worst_error(y, tanh_form) <= 4e-7);
    gelu_backward(GeluForm::erf, x.data(), ones.data(), y.data(), n);
    CHECK(worst_error(y, erf_slope) <= 4e-7);
    gelu_backward(GeluForm::tanh, x.data(), ones.data(), y.data(), n);
    CHECK(worst_error(y, tanh_slope) <= 4e-7);
  });
}

TEST_CASE("softmax is within 2 ULP, for short and long rows and wide ranges", "[kernels]") {
  on_each_target([&] {
    // without a fused multiply-add, exp rounds more often
    const bool fused = simd_target().starts_with("AVX") || simd_target().starts_with("NEON");
    const double bound = fused ? 2 : 2.5;
    for (int64_t cols : {1, 7, 128, 8192}) {
      for (double scale : {0.1, 1.0, 3.0, 20.0, 500.0}) {
        const Array x = random_array(cols, 5, scale);
        Array y(x.size());
        softmax(x.data(), y.data(), 1, cols);
        double sum = 0, largest = -kInfinity, worst = 0;
        for (double value : x) largest = std::max(largest, value);
        for (double value : x) sum += std::exp(value - largest);
        bool tiny_is_zero = true;  // what is too small for a normal number may become 0
        for (size_t j = 0; j < x.size(); ++j) {
          const double expected = std::exp(x[j] - largest) / sum;
          if (expected < 0x1p-124) {
            tiny_is_zero &= y[j] == 0 || std::abs(y[j] - expected) < 0x1p-126;
          } else {
            worst = std::max(worst, ulp_error(y[j], expected));
          }
        }
        INFO(cols << " columns, deviation " << scale);
        CHECK(tiny_is_zero);
        CHECK(worst <= bound);
      }
    }
  });
}
