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

#include "core/kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// Horner's rule: c₀ + x(c₁ + x(c₂ + ...)).
template <class... Rest>
HWY_INLINE FloatVec polynomial(FloatVec x, float c0, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return hn::Set(Floats{}, c0);
  } else {
    return hn::MulAdd(polynomial(x, rest...), x, hn::Set(Floats{}, c0));
  }
}

HWY_INLINE FloatVec set(float x) { return hn::Set(Floats{}, x); }

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
struct ReducedExp {
  FloatVec tail;     // exp(r) − 1
  FloatVec rounded;  // n + rounder
  HWY_INLINE FloatVec mantissa() const { return hn::Add(set(1.0F), tail); }
  HWY_INLINE auto n() const {  // where the rounder is kRounder itself
    const hn::RebindToSigned<Floats> integers;
    return hn::Sub(hn::BitCast(integers, rounded), hn::BitCast(integers, set(kRounder)));
  }
};
// #region reduced-exp
// exp(x + low) in parts, for |x| <= 1000; `low`, if given, holds what did not fit into x. A rounder
// is kRounder and some integer more, which then is in n's place in the lowest bits as well.
template <class... Low>
HWY_INLINE ReducedExp reduced_exp(FloatVec x, FloatVec rounder, Low... low) {
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  const FloatVec rounded = hn::MulAdd(x, set(kLog2E), rounder);
  const FloatVec n = hn::Sub(rounded, rounder);
  FloatVec r = hn::NegMulAdd(n, set(kLn2High), x);
  r = hn::NegMulAdd(n, set(kLn2Low), r);
  ((r = hn::Add(r, low)), ...);
  const FloatVec p = polynomial(r, 0.499999933726F, 0.16666519519F, 0.0416684011874F,
                                0.00836885154033F, 0.00138143156335F);
  return {hn::MulAdd(hn::Mul(r, r), p, r), rounded};
}
// #endregion reduced-exp

// x·2^n for n in [-252, 254], in two factors, either of which is a normal number.
HWY_INLINE FloatVec scale_by_any_power(FloatVec x, hn::Vec<hn::RebindToSigned<Floats>> n) {
  const auto half = hn::ShiftRight<1>(n);
  return scale_by_power(scale_by_power(x, half), hn::Sub(n, half));
}

// exp(x + low), error at most 1.2 ULP, for all floats: 0 below −104, gradual underflow, +∞ above
// 88.73, NaN for NaN.
template <class... Low>
HWY_INLINE FloatVec exp(FloatVec x, Low... low) {
  // Clamped to where the result is 0 or ∞ anyway.
  const FloatVec inside = hn::Min(hn::Max(x, set(-105.0F)), set(90.0F));
  const ReducedExp e = reduced_exp(inside, set(kRounder), low...);
  const FloatVec y = scale_by_any_power(e.mantissa(), e.n());
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

// exp(v)·2^(−power), or 0 where that is below 2⁻¹²⁵, for v up to 88 + power·ln 2; NaN for NaN.
class ScaledExp {
 public:
  HWY_INLINE explicit ScaledExp(float power)
      : rounder_(set(kRounder + kBias - power)), lowest_(set((power - kBias) * kLn2)) {}

  // exp(v + low)·2^(−power), where `low`, if given, holds what did not fit into v
  template <class... Low>
  HWY_INLINE FloatVec operator()(FloatVec v, Low... low) const {
    const Floats d;
    const hn::RebindToSigned<Floats> integers;
    const ReducedExp e = reduced_exp(max_or_nan(v, lowest_), rounder_, low...);
    const auto bits = hn::ShiftLeft<23>(hn::BitCast(integers, e.rounded));
    const FloatVec scale = hn::BitCast(d, bits);  // 2^(n − power)
    return hn::MulAdd(e.tail, scale, scale);
  }

 private:
  static constexpr float kBias = 127, kLn2 = 0.693147181F;
  FloatVec
      rounder_;  // the lowest bits of n + rounder are n − power + 127, 2^(n − power)'s exponent
  FloatVec lowest_;  // where they are 0, and so is the float
};

// tanh(x), error at most 2 ULP, for all floats: ±1 beyond ±9.02, NaN for NaN.
//   |x| < 0.55:  x + x³·P(x²), relative error 2⁻²⁹;   else  sign(x)·(1 − 2 / (exp(2|x|) + 1))
HWY_INLINE FloatVec tanh(FloatVec x) {
  const FloatVec magnitude = hn::Min(hn::Abs(x), set(10.0F));
  const FloatVec square = hn::Mul(magnitude, magnitude);
  const FloatVec p = polynomial(square, -0.333333175628F, 0.133325862287F, -0.0538523182213F,
                                0.0210717098951F, -0.00627427951675F);
  const FloatVec small = hn::MulAdd(hn::Mul(magnitude, square), p, magnitude);

  const ReducedExp e = reduced_exp(hn::Add(magnitude, magnitude), set(kRounder));
  const FloatVec grown = hn::Add(scale_by_power(e.mantissa(), e.n()), set(1.0F));
  const FloatVec large = hn::Sub(set(1.0F), hn::Div(set(2.0F), grown));

  const FloatVec y = hn::IfThenElse(hn::Lt(magnitude, set(0.55F)), small, large);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::CopySign(y, x));
}

// Φ(x), the distribution function of the normal distribution, and exp(−x²/2), which its density
// has in common with it. Φ's error is at most 8 ULP for x >= −13, where it is a normal number.
// A NaN gives some number.
//   Φ(−t) = exp(−t²/2)·Q(s),   s = 1/(1 + 0.3t),   t >= 0;   Φ(t) = 1 − Φ(−t)
// Q is a polynomial without constant term, relative error 2⁻²⁸ for t in [0, 14.6].
struct Normal {
  FloatVec cdf;         // Φ(x)
  FloatVec exp_square;  // exp(−x²/2)
};
HWY_INLINE Normal normal(FloatVec x) {
  const FloatVec t = hn::Min(hn::Abs(x), set(14.6F));
  // t² = h² + (t − h)(t + h), where h is the upper half of t's digits and h² exact: rounding t²
  // would cost exp(−t²/2) 60 ULP at t = 13
  const hn::RebindToUnsigned<Floats> bits;
  const FloatVec h =
      hn::BitCast(Floats{}, hn::And(hn::BitCast(bits, t), hn::Set(bits, 0xFFFFF000)));
  const FloatVec rest = hn::Mul(hn::Sub(t, h), hn::Add(t, h));
  const ScaledExp exp_of(-64);  // ·2⁶⁴, so that what is below the normal floats is not lost yet
  const FloatVec grown = exp_of(hn::Mul(hn::Mul(h, h), set(-0.5F)), hn::Mul(rest, set(-0.5F)));
  const FloatVec exp_square = hn::Mul(grown, set(0x1p-64F));
  const FloatVec s = hn::Div(set(1.0F), hn::MulAdd(t, set(0.3F), set(1.0F)));
  const FloatVec q = polynomial(
      s, 0.119686705153F, 0.119571514219F, 0.110237921028F, 0.0783779991431F, 0.0961904661906F,
      -0.0794859180819F, 0.191859215455F, -0.228269264387F, 0.112459127798F, -0.020627768252F);
  const FloatVec lower = hn::Mul(exp_square, hn::Mul(s, q));  // Φ(−t)
  const FloatVec upper = hn::Sub(set(1.0F), lower);
  return {hn::IfThenElse(hn::Lt(x, hn::Zero(Floats{})), lower, upper), exp_square};
}

// σ(x) = 1 / (1 + exp(−x)) and its derivative σ(1 − σ), both by exp(−|x|), which cannot overflow.
struct Logistic {
  FloatVec value, derivative;
};
HWY_INLINE Logistic logistic(FloatVec x) {
  const FloatVec e = exp(hn::Neg(hn::Abs(x)));
  const FloatVec upper = hn::Div(set(1.0F), hn::Add(set(1.0F), e));  // σ(|x|)
  const FloatVec lower = hn::Mul(e, upper);                          // σ(−|x|)
  const auto negative = hn::Lt(x, hn::Zero(Floats{}));
  return {hn::IfThenElse(negative, lower, upper), hn::Mul(upper, lower)};
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_MATH_INL
