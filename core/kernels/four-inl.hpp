// Four vectors that take every step of a computation together. Most steps wait for the one before;
// meanwhile the CPU takes the same step of the other three, which it would not find by itself if they
// stood a whole computation further on.
//
// What is written for one vector and for four calls add(a, b) in place of hn::Add(a, b). A single vector
// among the arguments, such as a constant, serves all four.
#if defined(GRADUS_KERNELS_FOUR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_FOUR_INL
#undef GRADUS_KERNELS_FOUR_INL
#else
#define GRADUS_KERNELS_FOUR_INL
#endif

#include "core/kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// Four T, which are vectors or masks.
template <class T>
struct Four {
  HWY_INLINE Four(T a, T b, T c, T d) : part{a, b, c, d} {}
  // Copied part by part, for GCC would copy an aggregate of this size through memory.
  HWY_INLINE Four(const Four& v) : part{v.part[0], v.part[1], v.part[2], v.part[3]} {}
  Four& operator=(const Four&) = default;
  T part[4];
};
using FourVecs = Four<FloatVec>;

template <class T>
constexpr bool is_four = false;
template <class T>
constexpr bool is_four<Four<T>> = true;

template <int k, class T>
HWY_INLINE T part(const T& single) {
  return single;
}
template <int k, class T>
HWY_INLINE T part(const Four<T>& four) {
  return four.part[k];
}

// step(part of each argument), four times
template <class Step, class... Args>
HWY_INLINE auto by_parts(const Step& step, const Args&... args) {
  return Four<decltype(step(part<0>(args)...))>(step(part<0>(args)...), step(part<1>(args)...),
                                                step(part<2>(args)...), step(part<3>(args)...));
}

// step(args...), of single vectors or by parts
template <class Step, class... Args>
HWY_INLINE auto either(const Step& step, const Args&... args) {
  if constexpr ((is_four<Args> || ...)) {
    return by_parts(step, args...);
  } else {
    return step(args...);
  }
}

// add(a, b) and so on. Written out, as sanitizers add much to every function that a call passes through.
#define GRADUS_OF_EITHER(name, Operation)                                            \
  template <class... Args>                                                           \
  HWY_INLINE auto name(const Args&... args) {                                        \
    if constexpr ((is_four<Args> || ...)) {                                          \
      return Four(hn::Operation(part<0>(args)...), hn::Operation(part<1>(args)...),  \
                  hn::Operation(part<2>(args)...), hn::Operation(part<3>(args)...)); \
    } else {                                                                         \
      return hn::Operation(args...);                                                 \
    }                                                                                \
  }
GRADUS_OF_EITHER(add, Add)
GRADUS_OF_EITHER(sub, Sub)
GRADUS_OF_EITHER(mul, Mul)
GRADUS_OF_EITHER(div, Div)
GRADUS_OF_EITHER(mul_add, MulAdd)
GRADUS_OF_EITHER(neg_mul_add, NegMulAdd)
GRADUS_OF_EITHER(min, Min)
GRADUS_OF_EITHER(max, Max)
GRADUS_OF_EITHER(neg, Neg)
GRADUS_OF_EITHER(abs, Abs)
GRADUS_OF_EITHER(bit_and, And)
GRADUS_OF_EITHER(copy_sign, CopySign)
GRADUS_OF_EITHER(less, Lt)
GRADUS_OF_EITHER(is_nan, IsNaN)
GRADUS_OF_EITHER(if_then_else, IfThenElse)
GRADUS_OF_EITHER(if_then_zero_else, IfThenZeroElse)
#undef GRADUS_OF_EITHER

HWY_INLINE FourVecs max_or_nan(const FourVecs& v, FloatVec least) {
  return by_parts([least](FloatVec x) HWY_ATTR { return max_or_nan(x, least); }, v);
}

// What a step of a loop works on, beside AllLanes and FirstLanes: four whole vectors, one behind the
// other.
struct FourVectors {};

// read(p), or for four vectors of it and of the places behind
template <class T, class Lanes, class Read>
HWY_INLINE auto at_vectors(const T* p, Lanes, const Read& read) {
  if constexpr (std::is_same_v<Lanes, FourVectors>) {
    const size_t n = hn::Lanes(Floats{});
    return Four<decltype(read(p))>(read(p), read(p + n), read(p + 2 * n), read(p + 3 * n));
  } else {
    return read(p);
  }
}

HWY_INLINE FourVecs load(Floats d, const float* p, FourVectors) {
  return at_vectors(p, FourVectors{}, [d](const float* at) HWY_ATTR { return hn::LoadU(d, at); });
}
HWY_INLINE void store(Floats d, const FourVecs& v, float* p, FourVectors) {
  const size_t n = hn::Lanes(d);
  hn::StoreU(v.part[0], d, p);
  hn::StoreU(v.part[1], d, p + n);
  hn::StoreU(v.part[2], d, p + 2 * n);
  hn::StoreU(v.part[3], d, p + 3 * n);
}
HWY_INLINE FourVecs fill_rest(const FourVecs& v, float, FourVectors) { return v; }

// Brings what load(p, lanes) will read into the nearest cache.
template <class Lanes>
HWY_INLINE void fetch(const float* p, Lanes) {
  constexpr int kNearestCache = 3;  // in __builtin_prefetch's count
  constexpr int64_t kLine = 16;     // floats
  constexpr int64_t kVectors = std::is_same_v<Lanes, FourVectors> ? 4 : 1;
  const auto count = kVectors * static_cast<int64_t>(hn::Lanes(Floats{}));
  for (int64_t j = 0; j < count; j += kLine) __builtin_prefetch(p + j, 0, kNearestCache);
}

// The four added up; a single vector is its own sum.
HWY_INLINE FloatVec sum_parts(const FourVecs& v) {
  return hn::Add(hn::Add(v.part[0], v.part[1]), hn::Add(v.part[2], v.part[3]));
}
HWY_INLINE FloatVec sum_parts(FloatVec v) { return v; }

// Calls body(i, lanes) like for_each_vector(), with four vectors at a time as long as there are so many.
template <class Body>
HWY_INLINE void for_each_four(Floats d, int64_t n, const Body& body) {
  const auto step = static_cast<int64_t>(4 * hn::Lanes(d));
  const int64_t whole = n - n % step;
  for (int64_t i = 0; i < whole; i += step) body(i, FourVectors{});
  for_each_vector(d, n - whole, [&](int64_t i, auto lanes) HWY_ATTR { body(whole + i, lanes); });
}

// Σ_i over the lanes of term(i, lanes), which must be 0 in those that do not count. Four vectors are
// added plainly, which rounds off at most half a unit, and only their sums compensated.
template <class Term>
HWY_INLINE double wide_sum(int64_t n, const Term& term) {
  CompensatedSum sum;
  for_each_four(Floats{}, n,
                [&](int64_t i, auto lanes) HWY_ATTR { sum.add(sum_parts(term(i, lanes))); });
  return wide_sum_lanes(sum.sum());
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_FOUR_INL
