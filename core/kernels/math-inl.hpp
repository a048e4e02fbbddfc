// exp, tanh and the normal distribution on vectors of floats. Polynomials are minimax fits of the
// relative error (Lawson's iteration on Chebyshev points, in 40 digits). Error bounds are in ULP of
// the float32 result against a float64 reference, over all floats of the stated domain; tests
// measure them.
#if defined(GRADUS_KERNELS_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_MATH_INL
#undef GRADUS_KERNELS_MATH_INL
#else
#define GRADUS_KERNELS_MATH_INL
#endif

#include "core/kernels/four-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

HWY_INLINE FloatVec set(float x) { return hn::Set(Floats{}, x); }

// Horner's rule: c₀ + x(c₁ + x(c₂ + ...)). A V, here and below, is one vector or four of them.
template <class V, class... Rest>
HWY_INLINE auto polynomial(const V& x, float c0, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return set(c0);
  } else {
    return mul_add(polynomial(x, rest...), x, set(c0));
  }
}

// x·2^n for n in [-126, 127]: the exponent bits are those of 2^n.
HWY_INLINE FloatVec scale_by_power(FloatVec x, hn::Vec<hn::RebindToSigned<Floats>> n) {
  const hn::RebindToSigned<Floats> integers;
  const auto bits = hn::ShiftLeft<23>(hn::Add(n, hn::Set(integers, 127)));
  return hn::Mul(x, hn::BitCast(Floats{}, bits));
}

// x + kRounder is x rounded to an integer, which stands in the lowest bits: 1.5·2²³ leaves no others.
constexpr float kRounder = 12582912.0F;

// exp(x) = 2^n · exp(r),   n = round(x / ln 2),   r = x − n·ln 2 in ±½ ln 2
// exp(r) ≈ 1 + r + r²·P(r), relative error 2⁻²⁸.   ln 2 is split so that n·kLn2High is exact.
constexpr float kLog2E = 1.44269504F;
template <class V>
struct ReducedExp {
  V tail;     // exp(r) − 1
  V rounded;  // n + rounder
};
// #region reduced-exp
// exp(x + low) in parts, for |x| <= 1000; `low`, if given, holds what did not fit into x. A rounder
// is kRounder and some integer more, which then is in n's place in the lowest bits as well.
template <class V, class... Low>
HWY_INLINE ReducedExp<V> reduced_exp(const V& x, FloatVec rounder, const Low&... low) {
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  const V rounded = mul_add(x, set(kLog2E), rounder);
  const V n = sub(rounded, rounder);
  V r = neg_mul_add(n, set(kLn2High), x);
  r = neg_mul_add(n, set(kLn2Low), r);
  ((r = add(r, low)), ...);
  const V p = polynomial(r, 0.499999933726F, 0.16666519519F, 0.0416684011874F, 0.00836885154033F,
                         0.00138143156335F);
  return {mul_add(mul(r, r), p, r), rounded};
}
// #endregion reduced-exp

// x·2^n for n in [-252, 254], in two factors, either of which is a normal number; n is that of a
// reduced_exp() whose rounder is kRounder itself.
HWY_INLINE FloatVec scale_by_any_power(FloatVec x, FloatVec rounded) {
  const hn::RebindToSigned<Floats> integers;
  const auto n = hn::Sub(hn::BitCast(integers, rounded), hn::BitCast(integers, set(kRounder)));
  const auto half = hn::ShiftRight<1>(n);
  return scale_by_power(scale_by_power(x, half), hn::Sub(n, half));
}

// exp(x), error at most 1.2 ULP, for all floats: 0 below −104, gradual underflow, +∞ above
// 88.73, NaN for NaN.
template <class V>
HWY_INLINE V exp(const V& x) {
  // Clamped to where the result is 0 or ∞ anyway.
  const V inside = min(max(x, set(-105.0F)), set(90.0F));
  const ReducedExp<V> e = reduced_exp(inside, set(kRounder));
  const auto scaled = [](FloatVec mantissa, FloatVec rounded)
                          HWY_ATTR { return scale_by_any_power(mantissa, rounded); };
  const V y = either(scaled, add(set(1.0F), e.tail), e.rounded);
  return if_then_else(is_nan(x), x, y);
}

// The float whose exponent stands in the lowest bits of `rounded`.
template <class V>
HWY_INLINE V power_of(const V& rounded) {
  return either(
      [](FloatVec v) HWY_ATTR {
        const hn::RebindToSigned<Floats> integers;
        return hn::BitCast(Floats{}, hn::ShiftLeft<23>(hn::BitCast(integers, v)));
      },
      rounded);
}

// exp(v)·2^(−power), or 0 where that is below 2⁻¹²⁵, for v up to 88 + power·ln 2; NaN for NaN.
class ScaledExp {
 public:
  HWY_INLINE explicit ScaledExp(float power)
      : rounder_(set(kRounder + kBias - power)), lowest_(set((power - kBias) * kLn2)) {}

  // exp(v + low)·2^(−power), where `low`, if given, holds what did not fit into v
  template <class V, class... Low>
  HWY_INLINE V operator()(const V& v, const Low&... low) const {
    const ReducedExp<V> e = reduced_exp(max_or_nan(v, lowest_), rounder_, low...);
    const V scale = power_of(e.rounded);  // 2^(n − power)
    return mul_add(e.tail, scale, scale);
  }

 private:
  static constexpr float kBias = 127, kLn2 = 0.693147181F;
  FloatVec
      rounder_;  // the lowest bits of n + rounder are n − power + 127, 2^(n − power)'s exponent
  FloatVec lowest_;  // where they are 0, and so is the float
};

// tanh(x), error at most 2 ULP, for all floats: ±1 beyond ±9.02, NaN for NaN.
//   |x| < 0.55:  x + x³·P(x²), relative error 2⁻²⁹;   else  sign(x)·(1 − 2 / (exp(2|x|) + 1))
template <class V>
HWY_INLINE V tanh(const V& x) {
  const V magnitude = min(abs(x), set(10.0F));
  const V square = mul(magnitude, magnitude);
  const V p = polynomial(square, -0.333333175628F, 0.133325862287F, -0.0538523182213F,
                         0.0210717098951F, -0.00627427951675F);
  const V small = mul_add(mul(magnitude, square), p, magnitude);

  const ScaledExp exp_of(0);
  const V grown = add(exp_of(add(magnitude, magnitude)), set(1.0F));
  const V large = sub(set(1.0F), div(set(2.0F), grown));

  const V y = if_then_else(less(magnitude, set(0.55F)), small, large);
  return if_then_else(is_nan(x), x, copy_sign(y, x));
}

// Φ(x), the distribution function of the normal distribution, and exp(−x²/2), which its density
// has in common with it. Φ's error is at most 8 ULP for x >= −13, where it is a normal number.
// A NaN gives some number.
//   Φ(−t) = exp(−t²/2)·Q(s),   s = 1/(1 + 0.3t),   t >= 0;   Φ(t) = 1 − Φ(−t)
// Q is a polynomial without constant term, relative error 2⁻²⁸ for t in [0, 14.6].
template <class V>
struct Normal {
  V cdf;         // Φ(x)
  V exp_square;  // exp(−x²/2)
};
template <class V>
HWY_INLINE Normal<V> normal(const V& x) {
  const V t = min(abs(x), set(14.6F));
  // t² = h² + (t − h)(t + h), where h is the upper half of t's digits and h² exact: rounding t²
  // would cost exp(−t²/2) 60 ULP at t = 13
  const hn::RebindToUnsigned<Floats> bits;
  const V h = bit_and(t, hn::BitCast(Floats{}, hn::Set(bits, 0xFFFFF000)));
  const V rest = mul(sub(t, h), add(t, h));
  const ScaledExp exp_of(-64);  // ·2⁶⁴, so that what is below the normal floats is not lost yet
  const V grown = exp_of(mul(mul(h, h), set(-0.5F)), mul(rest, set(-0.5F)));
  const V exp_square = mul(grown, set(0x1p-64F));
  const V s = div(set(1.0F), mul_add(t, set(0.3F), set(1.0F)));
  const V q = polynomial(s, 0.119686705153F, 0.119571514219F, 0.110237921028F, 0.0783779991431F,
                         0.0961904661906F, -0.0794859180819F, 0.191859215455F, -0.228269264387F,
                         0.112459127798F, -0.020627768252F);
  const V lower = mul(exp_square, mul(s, q));  // Φ(−t)
  const V upper = sub(set(1.0F), lower);
  return {if_then_else(less(x, set(0.0F)), lower, upper), exp_square};
}

// σ(x) = 1 / (1 + exp(−x)) and its derivative σ(1 − σ), both by exp(−|x|), which cannot overflow.
template <class V>
struct Logistic {
  V value, derivative;
};
template <class V>
HWY_INLINE Logistic<V> logistic(const V& x) {
  const V e = exp(neg(abs(x)));
  const V upper = div(set(1.0F), add(set(1.0F), e));  // σ(|x|)
  const V lower = mul(e, upper);                      // σ(−|x|)
  return {if_then_else(less(x, set(0.0F)), lower, upper), mul(upper, lower)};
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_MATH_INL
