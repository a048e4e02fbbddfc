// What the tests of the engine share: reading and comparing tensors, and seeded inputs.
#pragma once

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/core.hpp"

namespace gradus::test {

inline constexpr double kInf = std::numeric_limits<double>::infinity();

// All elements, row by row, of any dtype.
inline std::vector<double> values(const Tensor& x) {
  return to(x.detach(), DType::float64).to_vector<double>();
}

// max_i |a_i − b_i|; infinite if a difference is NaN or the shapes differ, so that no bound holds.
inline double largest_difference(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return kInf;
  const std::vector<double> x = values(a), y = values(b);
  double largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double difference = std::abs(x[i] - y[i]);
    if (std::isnan(difference)) return kInf;
    largest = std::max(largest, difference);
  }
  return largest;
}

// Same shape, dtype and bits.
inline bool bit_equal(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const std::vector<double> x = values(a), y = values(b);  // exact for floats
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::bit_cast<uint64_t>(x[i]) != std::bit_cast<uint64_t>(y[i])) return false;
  }
  return true;
}

// Normal numbers; `which` tells several inputs apart.
inline Tensor normal(const Shape& shape, uint64_t which = 0, DType dtype = DType::float64) {
  return randn(shape, {.seed = 7, .stream = which}, dtype);
}

inline Tensor leaf(const Shape& shape, uint64_t which = 0, DType dtype = DType::float64) {
  return normal(shape, which, dtype).requires_grad_();
}

inline Tensor integers(const std::vector<int64_t>& numbers) {
  return tensor(numbers, {static_cast<int64_t>(numbers.size())});
}

}  // namespace gradus::test
