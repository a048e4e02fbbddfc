// Steps that softmax, its kin and the cross-entropy share: over one row of floats.
#if defined(GRADUS_KERNELS_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_ROWS_INL
#undef GRADUS_KERNELS_ROWS_INL
#else
#define GRADUS_KERNELS_ROWS_INL
#endif

#include <cmath>
#include <limits>

#include "core/kernels/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// max_j x_j, where values(j, lanes) gives the elements from j on. A NaN may be passed over: it comes
// back through the sum of exponentials.
template <class Values>
HWY_INLINE float row_max(int64_t cols, const Values& values) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  FloatVec largest[4] = {set(kLowest), set(kLowest), set(kLowest), set(kLowest)};
  for_each_vector_by_chains(Floats{}, cols, [&](int64_t j, auto lanes, auto chain) HWY_ATTR {
    largest[chain] = hn::Max(largest[chain], fill_rest(values(j, lanes), kLowest, lanes));
  });
  return max_lanes(hn::Max(hn::Max(largest[0], largest[1]), hn::Max(largest[2], largest[3])));
}
HWY_INLINE float row_max(const float* x, int64_t cols) {
  const auto values = [x](int64_t j, auto lanes) HWY_ATTR { return load(Floats{}, x + j, lanes); };
  return row_max(cols, values);
}

// Σ_j exp(x_j − m), for the logarithm of it: what x_j − m rounds off changes small terms alone.
HWY_INLINE double exp_sum(const float* x, float m, int64_t cols) {
  const Floats d;
  const ScaledExp exp_of(0);
  return wide_sum(
      cols, [&](int64_t j, auto lanes) HWY_ATTR __attribute__((always_inline)) {
        return fill_rest(exp_of(sub(load(d, x + j, lanes), set(m))), 0.0F, lanes);
      });
}

// y_j = exp(v_j)·2^(−power) by ScaledExp, and Σ_j y_j, for v_j = value(x_j); y may be x.
template <class Value>
HWY_INLINE double scaled_exp(const float* x, float* y, int64_t cols, float power,
                             const Value& value) {
  const Floats d;
  constexpr int64_t kAhead = 512;  // floats, which is 2 KB
  const ScaledExp exp_of(power);
  return wide_sum(
      cols, [&](int64_t j, auto lanes) HWY_ATTR __attribute__((always_inline)) {
        fetch(x + j + kAhead, lanes);
        const auto result = exp_of(value(load(d, x + j, lanes)));
        store(d, result, y + j, lanes);
        return fill_rest(result, 0.0F, lanes);
      });
}

// y_j = exp(x_j − s) and Σ_j y_j for a shift s near m = max_j x_j; y may be x. Softmax is the same for
// every shift, so one is taken that rounds nothing, where x_j − m would cost up to 30 ULP:
//   |m| < 256:  s = N·ln 2, which changes the power of two alone: exp(x_j)·2^(−N)
//   else:       s = m; for every x_j that is not too far below m to matter, x_j − m is exact
HWY_INLINE double shifted_exp(const float* x, float m, float* y, int64_t cols) {
  if (std::abs(m) < 256.0F) {
    return scaled_exp(x, y, cols, std::nearbyint(m * kLog2E),
                      [](const auto& v) HWY_ATTR { return v; });
  }
  return scaled_exp(x, y, cols, 0.0F, [m](const auto& v) HWY_ATTR { return sub(v, set(m)); });
}

// The same without a shift, so that no maximum need be known. As a shift by N·ln 2 changes no other
// bits, the softmax is the same to the bit, unless something is too large or too small: then the sum is
// ∞ or NaN, or so small or large that it does not serve.
HWY_INLINE double plain_exp(const float* x, float* y, int64_t cols) {
  const FloatVec infinite = set(89);  // from ln 2^127.5 = 88.4 on, the result is ∞ or NaN
  return scaled_exp(x, y, cols, 0.0F,
                    [infinite](const auto& v) HWY_ATTR { return min(v, infinite); });
}
HWY_INLINE bool plain_exp_serves(double sum) { return sum > 0x1p-10 && sum < 0x1p90; }

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_ROWS_INL
