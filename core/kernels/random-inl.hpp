// Philox on vectors, and the masks of dropout that come of it; the same numbers as philox().
#if defined(GRADUS_KERNELS_RANDOM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_RANDOM_INL
#undef GRADUS_KERNELS_RANDOM_INL
#else
#define GRADUS_KERNELS_RANDOM_INL
#endif

#include <array>
#include <cstring>

#include "core/kernels/elementwise.hpp"
#include "core/kernels/simd-inl.hpp"
#include "core/random/philox.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

using Words = hn::ScalableTag<uint64_t>;
using WordVec = hn::Vec<Words>;

#if HWY_TARGET == HWY_SCALAR  // one lane has no halves to multiply: the plain form, a block a time

HWY_INLINE void philox_blocks(RandomStream stream, uint64_t block, uint16_t* numbers) {
  const std::array<uint32_t, 4> words = philox(stream, block);
  std::memcpy(numbers, words.data(), sizeof(words));
}

#else

// a · multiplier, of the lower 32 bits of every 64-bit lane.
HWY_INLINE WordVec multiply_low_halves(WordVec a, uint32_t multiplier) {
  const hn::Repartition<uint32_t, Words> d32;
  return hn::MulEven(hn::BitCast(d32, a), hn::Set(d32, multiplier));
}

// The blocks block, block + 1, ... of a stream, one in each 64-bit lane: 32-bit words stand in the
// lower halves, and what products leave in the upper halves is never looked at until the end.
// Writes 8 16-bit numbers a block, Lanes(Words) blocks.
HWY_INLINE void philox_blocks(RandomStream stream, uint64_t block, uint16_t* numbers) {
  const Words d;
  const WordVec index = hn::Add(hn::Set(d, block), hn::Iota(d, 0));
  WordVec c0 = index, c1 = hn::ShiftRight<32>(index);
  WordVec c2 = hn::Set(d, stream.stream), c3 = hn::Set(d, stream.stream >> 32);
  auto key0 = static_cast<uint32_t>(stream.seed), key1 = static_cast<uint32_t>(stream.seed >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const WordVec product0 = multiply_low_halves(c0, kPhiloxMultiplier0);
    const WordVec product1 = multiply_low_halves(c2, kPhiloxMultiplier1);
    c0 = hn::Xor(hn::ShiftRight<32>(product1), hn::Xor(c1, hn::Set(d, uint64_t{key0})));
    c2 = hn::Xor(hn::ShiftRight<32>(product0), hn::Xor(c3, hn::Set(d, uint64_t{key1})));
    c1 = product1;
    c3 = product0;
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  const WordVec low_mask = hn::Set(d, uint64_t{0xFFFFFFFF});
  const WordVec first = hn::Or(hn::And(c0, low_mask), hn::ShiftLeft<32>(c1));
  const WordVec second = hn::Or(hn::And(c2, low_mask), hn::ShiftLeft<32>(c3));
  HWY_ALIGN uint64_t words[2 * hn::MaxLanes(d)];
  hn::StoreInterleaved2(first, second, d, words);
  std::memcpy(numbers, words, 16 * hn::Lanes(d));
}

#endif

// Calls body(i, lanes, dropped) for the vectors of n elements, the first of which is number `first`
// of the dropout: `dropped` masks the lanes that become 0.
template <class Body>
HWY_INLINE void for_each_dropout(Dropout drop, int64_t first, int64_t n, const Body& body) {
  constexpr int64_t kSpan = 512;  // elements drawn at a time
  constexpr auto kSlack = static_cast<int64_t>(8 * hn::MaxLanes(Words{}) + 8);
  const Floats d;
  const hn::Rebind<int32_t, Floats> d32;
  const hn::Rebind<uint16_t, Floats> d16;
  const auto threshold = hn::Set(d32, static_cast<int32_t>(dropout_threshold(drop)));
  HWY_ALIGN uint16_t numbers[kSpan + kSlack] = {};  // zeros keep all where p == 0

  for (int64_t start = 0; start < n; start += kSpan) {
    const int64_t count = std::min(kSpan, n - start);
    const int64_t offset = (first + start) % 8;  // of the first element within its block
    if (drop.p > 0) {
      const auto step = static_cast<int64_t>(8 * hn::Lanes(Words{}));
      auto block = static_cast<uint64_t>((first + start) / 8);
      for (int64_t drawn = 0; drawn < offset + count; drawn += step) {
        philox_blocks(drop.stream, block, numbers + drawn);
        block += hn::Lanes(Words{});
      }
    }
    for_each_vector(d, count, [&](int64_t i, auto lanes) HWY_ATTR {
      const auto drawn = hn::PromoteTo(d32, hn::LoadU(d16, numbers + offset + i));
      body(start + i, lanes, hn::RebindMask(d, hn::Lt(drawn, threshold)));
    });
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_RANDOM_INL
