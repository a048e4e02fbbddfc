// What the tests of kernels share: seeded inputs, error measures, and running a check on every
// instruction set that this CPU has and on several numbers of threads.
#pragma once

#include <hwy/targets.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "core/kernels/cpu.hpp"
#include "core/kernels/parallel.hpp"
#include "core/random/philox.hpp"
#include "tests/catch.hpp"

namespace gradus::testing {

using Array = std::vector<float>;
using Wide = std::vector<double>;

inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

inline Array random_array(int64_t n, uint64_t seed, double scale = 1) {
  RandomReader random({seed, 0});
  Array x(static_cast<size_t>(n));
  for (float& value : x) value = static_cast<float>(scale * random.normal());
  return x;
}

inline Wide widen(const Array& x) { return Wide(x.begin(), x.end()); }

// at(i, j) for all i < rows and j < cols, row after row.
template <class At>
Wide table(int64_t rows, int64_t cols, const At& at) {
  Wide values;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) values.push_back(static_cast<double>(at(i, j)));
  }
  return values;
}

// Σ_p a_p·b_p
inline double dot(const double* a, const double* b, int64_t n) {
  double sum = 0;
  for (int64_t p = 0; p < n; ++p) sum += a[p] * b[p];
  return sum;
}

// max_i |y_i − r_i| / max(1, |r_i|); infinite where one is NaN or infinite and the other is not.
inline double worst_error(const Array& y, const Wide& r) {
  double worst = y.size() == r.size() ? 0 : std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < std::min(y.size(), r.size()); ++i) {
    const double value = y[i];
    if (std::isnan(value) && std::isnan(r[i])) continue;
    if (value == r[i]) continue;
    const double error = std::abs(value - r[i]) / std::max(1.0, std::abs(r[i]));
    worst = std::isfinite(error) ? std::max(worst, error) : std::numeric_limits<double>::infinity();
  }
  return worst;
}

// |y − r| in units of the last place of a float near r.
inline double ulp_error(float y, double r) {
  if (std::isnan(r) || std::isnan(y)) return std::isnan(r) == std::isnan(y) ? 0 : kInfinity;
  if (static_cast<float>(r) == y) return 0;
  if (std::isinf(y) || std::isinf(static_cast<float>(r))) return kInfinity;
  int exponent = 0;
  std::frexp(std::max(std::abs(r), double{std::numeric_limits<float>::min()}), &exponent);
  return std::abs(y - r) / std::ldexp(1.0, exponent - 24);
}

// Bit for bit, so that NaN equals itself and 0 differs from −0.
inline bool same_bits(const Array& a, const Array& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// Calls check() with dispatch set to each instruction set that kernels were compiled for and the
// CPU has; failures name it.
template <class Check>
void on_each_target(const Check& check) {
  const auto restrict_to = [](int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  const int64_t all = hwy::SupportedTargets();
  std::set<std::string> seen;
  for (int64_t rest = all; rest != 0; rest &= rest - 1) {
    restrict_to(rest & -rest);
    if (seen.insert(kernels::simd_target()).second) {
      INFO("instruction set " << kernels::simd_target());
      check();
    }
  }
  restrict_to(0);
}

// Whether compute() returns the same bits on 1, 2, 3 and 7 threads.
template <class Compute>
bool same_on_any_threads(const Compute& compute) {
  const int before = num_threads();
  set_num_threads(1);
  const Array alone = compute();
  bool same = true;
  for (int threads : {2, 3, 7}) {
    set_num_threads(threads);
    same = same && same_bits(compute(), alone);
  }
  set_num_threads(before);
  return same;
}

}  // namespace gradus::testing
