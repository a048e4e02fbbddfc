// What the SIMD kernels share: loops over vectors with their tails, loads, reductions.
//
// How a kernel is written once and compiled for every instruction set (Highway, as here and in all
// files that include this one): <hwy/foreach_target.h> includes the file HWY_TARGET_INCLUDE once
// for each target; what stands between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE becomes one
// copy a target, in a namespace of its own (HWY_NAMESPACE); and the part under HWY_ONCE, compiled
// once, calls the copy that suits the CPU through HWY_DYNAMIC_DISPATCH. Lambdas need HWY_ATTR,
// since they don't inherit the target. This include guard opens and closes with every target.
#if defined(GRADUS_KERNELS_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_SIMD_INL
#undef GRADUS_KERNELS_SIMD_INL
#else
#define GRADUS_KERNELS_SIMD_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;  // the tag of a full vector of floats
using FloatVec = hn::Vec<Floats>;

// Which lanes of a vector a step of a loop works on: all, or, in the tail, only the first ones.
struct AllLanes {};
struct FirstLanes {
  size_t count;
};

// Calls body(i, lanes) for i = 0, N, 2N, ... below n, N being the lanes of `d`.
template <class D, class Body>
HWY_INLINE void for_each_vector(D d, int64_t n, const Body& body) {
  const auto step = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + step <= n; i += step) body(i, AllLanes{});
  if (i < n) body(i, FirstLanes{static_cast<size_t>(n - i)});
}

// The same from the end to the beginning: for what was just written from the beginning to the end, of
// which the end is sure to be in the cache.
template <class D, class Body>
HWY_INLINE void for_each_vector_backwards(D d, int64_t n, const Body& body) {
  const auto step = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = n - n % step;
  if (i < n) body(i, FirstLanes{static_cast<size_t>(n - i)});
  for (i -= step; i >= 0; i -= step) body(i, AllLanes{});
}

// The same as the first, with the chain that a step belongs to: four chains of sums, each independent
// of the others, keep both adders busy, where one would wait for its own last result.
template <int k>
using Chain = std::integral_constant<int, k>;
template <class D, class Body>
HWY_INLINE void for_each_vector_by_chains(D d, int64_t n, const Body& body) {
  const auto step = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + 4 * step <= n; i += 4 * step) {
    body(i, AllLanes{}, Chain<0>{});
    body(i + step, AllLanes{}, Chain<1>{});
    body(i + 2 * step, AllLanes{}, Chain<2>{});
    body(i + 3 * step, AllLanes{}, Chain<3>{});
  }
  for (; i + step <= n; i += step) body(i, AllLanes{}, Chain<0>{});
  if (i < n) body(i, FirstLanes{static_cast<size_t>(n - i)}, Chain<0>{});
}

// Loads lanes from p, in the tail with zeros behind; nothing beyond is read.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load(D d, const T* p, AllLanes) {
  return hn::LoadU(d, p);
}
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load(D d, const T* p, FirstLanes lanes) {
#if HWY_MEM_OPS_MIGHT_FAULT  // lanes that don't count would be read as well
  HWY_ALIGN T buffer[hn::MaxLanes(d)] = {};
  std::copy_n(p, lanes.count, buffer);
  return hn::Load(d, buffer);
#else
  return hn::MaskedLoad(hn::FirstN(d, lanes.count), d, p);
#endif
}

// Stores lanes to p; nothing beyond is written.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store(D d, hn::Vec<D> v, T* p, AllLanes) {
  hn::StoreU(v, d, p);
}
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store(D d, hn::Vec<D> v, T* p, FirstLanes lanes) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[hn::MaxLanes(d)];
  hn::Store(v, d, buffer);
  std::copy_n(buffer, lanes.count, p);
#else
  hn::BlendedStore(v, hn::FirstN(d, lanes.count), d, p);
#endif
}

// v with `filler` in the lanes that don't count, so that reductions can pass over them.
HWY_INLINE FloatVec fill_rest(FloatVec v, float, AllLanes) { return v; }
HWY_INLINE FloatVec fill_rest(FloatVec v, float filler, FirstLanes lanes) {
  const Floats d;
  return hn::IfThenElse(hn::FirstN(d, lanes.count), v, hn::Set(d, filler));
}

// max(v, least), and NaN where v is one. hn::Max() leaves open what comes of a NaN; on x86 it is the
// second argument.
HWY_INLINE FloatVec max_or_nan(FloatVec v, FloatVec least) {
  return HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR ? hn::Max(least, v)
                                                  : hn::IfThenElse(hn::Lt(v, least), least, v);
}

HWY_INLINE float sum_lanes(FloatVec v) { return hn::GetLane(hn::SumOfLanes(Floats{}, v)); }
HWY_INLINE float max_lanes(FloatVec v) { return hn::GetLane(hn::MaxOfLanes(Floats{}, v)); }

// A sum that carries along what each addition rounds off (Kahan 1965): its error doesn't grow
// with the number of terms.
class CompensatedSum {
 public:
  HWY_INLINE CompensatedSum() : sum_(hn::Zero(Floats{})), rounded_off_(sum_) {}
  HWY_INLINE void add(FloatVec x) {
    const FloatVec corrected = hn::Sub(x, rounded_off_);
    const FloatVec next = hn::Add(sum_, corrected);
    rounded_off_ = hn::Sub(hn::Sub(next, sum_), corrected);
    sum_ = next;
  }
  HWY_INLINE FloatVec sum() const { return sum_; }

 private:
  FloatVec sum_;
  FloatVec rounded_off_;
};

// The lanes of v added up in double.
HWY_INLINE double wide_sum_lanes(FloatVec v) {
  const Floats d;
  const hn::ScalableTag<double> wide;
  const hn::Rebind<float, decltype(wide)> part;
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  auto sums = hn::Zero(wide);
  for (size_t i = 0; i < hn::Lanes(d); i += hn::Lanes(wide)) {
    sums = hn::Add(sums, hn::PromoteTo(wide, hn::Load(part, lanes + i)));
  }
  return hn::GetLane(hn::SumOfLanes(wide, sums));
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_SIMD_INL
