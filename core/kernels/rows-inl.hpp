// Steps that softmax, its kin and the cross-entropy share: over one row of floats.
#if defined(GRADUS_KERNELS_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_ROWS_INL
#undef GRADUS_KERNELS_ROWS_INL
#else
#define GRADUS_KERNELS_ROWS_INL
#endif

#include <limits>

#include "core/kernels/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// max_j x_j. A NaN may be passed over: it comes back through the sum of exponentials.
HWY_INLINE float row_max(const float* x, int64_t cols) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  const Floats d;
  FloatVec largest = hn::Set(d, kLowest);
  for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    largest = hn::Max(largest, fill_rest(load(d, x + j, lanes), kLowest, lanes));
  });
  return max_lanes(largest);
}

// exp(x − m) for x <= m, with what the subtraction rounds off put back (Knuth's TwoSum): without
// it, exp(−50) is wrong by 30 ULP. Error at most 1.3 ULP.
HWY_INLINE FloatVec exp_difference(FloatVec x, FloatVec m) {
  const FloatVec difference = hn::Sub(x, m);
  const FloatVec minus_m = hn::Sub(difference, x);
  const FloatVec rounded_off =
      hn::Sub(hn::Sub(x, hn::Sub(difference, minus_m)), hn::Add(m, minus_m));
  // infinite and NaN differences have no remainder
  const auto finite = hn::Gt(difference, set(-110.0F));
  return exp(difference, hn::IfThenElseZero(finite, rounded_off));
}

// Σ_j exp(x_j − m), and, where y isn't null, y_j = exp(x_j − m). y may be x.
HWY_INLINE float exp_and_sum(const float* x, float m, float* y, int64_t cols) {
  const Floats d;
  const FloatVec largest = hn::Set(d, m);
  CompensatedSum sum;
  for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    const FloatVec e = exp_difference(load(d, x + j, lanes), largest);
    if (y != nullptr) store(d, e, y + j, lanes);
    sum.add(fill_rest(e, 0.0F, lanes));
  });
  return sum.total();
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_ROWS_INL
