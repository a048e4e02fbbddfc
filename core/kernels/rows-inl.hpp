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
  ChainSums sums;
  for_each_vector_by_chains(
      d, cols, [&](int64_t j, auto lanes, auto chain) HWY_ATTR __attribute__((always_inline)) {
        const FloatVec e = exp(hn::Sub(load(d, x + j, lanes), set(m)));
        sums.chains[chain].add(fill_rest(e, 0.0F, lanes));
      });
  return sums.total();
}

// y_j = exp(x_j − s), or 0 where that is below 2⁻¹²⁵, and Σ_j y_j, for a shift s near m = max_j x_j;
// y may be x. Softmax is the same for every shift, so one is taken that rounds nothing, where x_j − m
// would cost up to 30 ULP:
//   |m| < 256:  s = N·ln 2, which changes the power of two alone: exp(x_j)·2^(−N)
//   else:       s = m; for every x_j that is not too far below m to matter, x_j − m is exact
HWY_INLINE double shifted_exp(const float* x, float m, float* y, int64_t cols) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  const float base = std::abs(m) < 256.0F ? 0.0F : m, top = m - base;
  const auto power = hn::Set(integers, static_cast<int32_t>(std::lround(top * 1.44269504F)));
  const FloatVec lowest = set(top - 86.9F);  // where y_j is a little above 2⁻¹²⁶
  ChainSums sums;
  for_each_vector_by_chains(
      d, cols, [&](int64_t j, auto lanes, auto chain) HWY_ATTR __attribute__((always_inline)) {
        const FloatVec shifted = hn::Sub(load(d, x + j, lanes), set(base));
        const auto below = hn::Lt(shifted, lowest);  // false for NaN, which goes on
        const ReducedExp e = reduced_exp(hn::IfThenElse(below, lowest, shifted));
        const FloatVec raised = scale_by_power(e.mantissa, hn::Sub(e.n, power));
        const FloatVec result = hn::IfThenZeroElse(below, raised);
        store(d, result, y + j, lanes);
        sums.chains[chain].add(fill_rest(result, 0.0F, lanes));
      });
  return sums.total();
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_ROWS_INL
