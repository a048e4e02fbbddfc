// Chapter 7: how exact exp is, and how fast softmax. With no arguments it also measures times.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/kernels/cpu.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/normalization.hpp"
#include "core/median.hpp"
#include "docs/examples/numbers.hpp"

using namespace gradus;

namespace {

float float_of_bits(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// |y − exact| in units of the last place of a float32 of that size.
double ulps(float y, double exact) {
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::abs(static_cast<double>(y) - exact) / std::ldexp(1.0, exponent - 23);
}

// #region reduction
// The steps of the vector exp, one number at a time and in float64.
double exp_by_reduction(double x) {
  const double n = std::nearbyint(x / std::log(2.0));
  const double r = x - n * std::log(2.0);  // in ±½ ln 2
  const double p =
      0.499999933726 +
      r * (0.16666519519 + r * (0.0416684011874 + r * (0.00836885154033 + r * 0.00138143156335)));
  return std::ldexp(1 + r + r * r * p, static_cast<int>(n));
}
// #endregion reduction

// The largest relative error of 1 + r + r²·P(r) as exp(r), for r in [low, high].
double worst_of_polynomial(const std::array<double, 5>& p, double low, double high) {
  double worst = 0;
  for (int i = 0; i <= 10'000; ++i) {
    const double r = low + (high - low) * i / 10'000;
    const double tail = p[0] + r * (p[1] + r * (p[2] + r * (p[3] + r * p[4])));
    worst = std::max(worst, std::abs((1 + r + r * r * tail) / std::exp(r) - 1));
  }
  return worst;
}

// The largest error of kernels::exp over every 1024th float whose exp is a normal number.
double largest_ulps() {
  double worst = 0;
  for (uint32_t sign : {0x00000000U, 0x80000000U}) {
    std::vector<float> x;
    for (uint32_t bits = 0; bits < 0x42B17218U; bits += 1024)
      x.push_back(float_of_bits(bits | sign));
    std::vector<float> y(x.size());
    kernels::exp(x.data(), y.data(), static_cast<int64_t>(x.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      if (x[i] > -87.3F) worst = std::max(worst, ulps(y[i], std::exp(static_cast<double>(x[i]))));
    }
  }
  return worst;
}

double seconds(const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  run();
  for (int i = 0; i < 15; ++i) {
    const auto start = Clock::now();
    run();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  return median(times);
}

// #region plain
// The same, as one writes it: one number at a time, by the standard library's exp.
void softmax_plain(const float* x, float* y, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, x += cols, y += cols) {
    const float m = *std::max_element(x, x + cols);
    float sum = 0;
    for (int64_t j = 0; j < cols; ++j) sum += y[j] = std::exp(x[j] - m);
    for (int64_t j = 0; j < cols; ++j) y[j] /= sum;
  }
}
// #endregion plain

void measure(Numbers& numbers) {
  constexpr int64_t kRows = 4096, kCols = 128;
  std::vector<float> x(kRows * kCols), y(x.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7919 % 1000) / 100;
  const double plain = seconds([&] { softmax_plain(x.data(), y.data(), kRows, kCols); });
  const double simd = seconds([&] { kernels::softmax(x.data(), y.data(), kRows, kCols); });
  numbers.add_measured("times.plain_ns", plain / static_cast<double>(x.size()) * 1e9);
  numbers.add_measured("times.simd_ns", simd / static_cast<double>(x.size()) * 1e9);
  numbers.add_measured("times.ratio", plain / simd);
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  double worst = 0;  // of the reduction alone
  for (int i = -8000; i <= 8000; ++i) {
    const double x = i / 100.0;
    worst = std::max(worst, std::abs(exp_by_reduction(x) / std::exp(x) - 1));
  }
  numbers.add("polynomial", worst);
  numbers.add("half_bit", std::ldexp(1.0, -25));
  const double measured = largest_ulps();
  numbers.expect(measured <= 1.2, "the bound that the comment states");
  if (argc < 2) numbers.add("ulps", measured);  // differs a little between instruction sets

  // Exercise: how far may r go? n is the nearest integer, so |r| ≤ ½ ln 2.
  double widest = 0;
  for (int i = -8000; i <= 8000; ++i) {
    const double x = i / 100.0, n = std::nearbyint(x / std::log(2.0));
    widest = std::max(widest, std::abs(x - n * std::log(2.0)));
  }
  numbers.expect(widest <= 0.5 * std::log(2.0) + 1e-12 && widest > 0.34, "r in ±½ ln 2");
  numbers.add("half_log2", 0.5 * std::log(2.0));
  numbers.add("rest_of_80", 80 - 115 * std::log(2.0));
  // The relative error over r, of the fitted polynomial and of Taylor's.
  const std::array fitted{0.499999933726, 0.16666519519, 0.0416684011874, 0.00836885154033,
                          0.00138143156335};
  const std::array taylor{1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720};
  for (int i = 0; i <= 80; ++i) {
    const double r = 0.5 * std::log(2.0) * (i - 40) / 40;
    const std::string at = fmt::format(".{}", i);
    numbers.add("error.r" + at, r);
    numbers.add("error.fitted" + at, worst_of_polynomial(fitted, r, r));
    numbers.add("error.taylor" + at, worst_of_polynomial(taylor, r, r));
  }
  numbers.add("taylor", worst_of_polynomial(taylor, -0.5 * std::log(2.0), 0.5 * std::log(2.0)));

  // And if n is rounded down, so that r is in [0, ln 2)? The same polynomial, and one fitted there
  // as that of math-inl.hpp was fitted to ±½ ln 2.
  numbers.add("exercise.as_it_is", worst_of_polynomial(fitted, 0, std::log(2.0)));
  numbers.add("exercise.fitted",
              worst_of_polynomial({0.500002285136, 0.166631913938, 0.0418549818156,
                                   0.00786842769421, 0.00191248622039},
                                  0, std::log(2.0)));
  if (argc < 2) measure(numbers);
  return numbers.finish(argc, argv);
}
