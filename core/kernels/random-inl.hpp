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
#include "core/kernels/four-inl.hpp"
#include "core/random/philox.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

using Words = hn::ScalableTag<uint64_t>;
using WordVec = hn::Vec<Words>;

#if HWY_TARGET == HWY_SCALAR  // one lane has no halves to multiply: the plain form, a block a time

constexpr int64_t kBlocksAtOnce = 1;
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

// What stands in the upper 32 bits moved to the lower ones, by a shuffle: units that multiply would
// have to shift as well.
HWY_INLINE WordVec swap_halves(WordVec a) {
  const hn::Repartition<uint32_t, Words> d32;
  return hn::BitCast(Words{}, hn::Shuffle2301(hn::BitCast(d32, a)));
}

// The blocks block, block + 1, ... of a stream, one in each 64-bit lane: 32-bit words stand in the
// lower halves, and what products leave in the upper halves is never looked at until the end.
// Writes 8 16-bit numbers a block. Two vectors at once, as each step waits for the one before it.
constexpr int64_t kBlocksAtOnce = 2 * static_cast<int64_t>(hn::MaxLanes(Words{}));
HWY_INLINE void philox_blocks(RandomStream stream, uint64_t block, uint16_t* numbers) {
  constexpr int kVectors = 2;
  const Words d;
  const auto step = static_cast<int64_t>(hn::Lanes(d));
  WordVec c0[kVectors], c1[kVectors], c2[kVectors], c3[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    c0[v] = hn::Add(hn::Set(d, block + static_cast<uint64_t>(v * step)), hn::Iota(d, 0));
    c1[v] = hn::ShiftRight<32>(c0[v]);
    c2[v] = hn::Set(d, stream.stream), c3[v] = hn::Set(d, stream.stream >> 32);
  }
  auto key0 = static_cast<uint32_t>(stream.seed), key1 = static_cast<uint32_t>(stream.seed >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const WordVec keys0 = hn::Set(d, uint64_t{key0}), keys1 = hn::Set(d, uint64_t{key1});
    for (int v = 0; v < kVectors; ++v) {
      const WordVec product0 = multiply_low_halves(c0[v], kPhiloxMultiplier0);
      const WordVec product1 = multiply_low_halves(c2[v], kPhiloxMultiplier1);
      c0[v] = hn::Xor3(swap_halves(product1), c1[v], keys0);
      c2[v] = hn::Xor3(swap_halves(product0), c3[v], keys1);
      c1[v] = product1;
      c3[v] = product0;
    }
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  const WordVec low_mask = hn::Set(d, uint64_t{0xFFFFFFFF});
  for (int v = 0; v < kVectors; ++v) {
    const WordVec first = hn::Or(hn::And(c0[v], low_mask), hn::ShiftLeft<32>(c1[v]));
    const WordVec second = hn::Or(hn::And(c2[v], low_mask), hn::ShiftLeft<32>(c3[v]));
    HWY_ALIGN uint64_t words[2 * hn::MaxLanes(d)];
    hn::StoreInterleaved2(first, second, d, words);
    std::memcpy(numbers + 8 * step * v, words, 16 * hn::Lanes(d));
  }
}

#endif

// Calls body(i, lanes, dropped) for the vectors of n elements, the first of which is number `first`
// of the dropout: `dropped` masks the lanes that become 0.
template <class Body>
HWY_INLINE void for_each_dropout(Dropout drop, int64_t first, int64_t n, const Body& body) {
  constexpr int64_t kSpan = 512;  // elements drawn at a time
  constexpr int64_t kSlack = 8 * kBlocksAtOnce + 8;
  const Floats d;
  const hn::Rebind<int32_t, Floats> d32;
  const hn::Rebind<uint16_t, Floats> d16;
  const auto threshold = hn::Set(d32, static_cast<int32_t>(dropout_threshold(drop)));
  const auto below_threshold = [&](const uint16_t* drawn) HWY_ATTR {
    return hn::RebindMask(d, hn::Lt(hn::PromoteTo(d32, hn::LoadU(d16, drawn)), threshold));
  };
  HWY_ALIGN uint16_t numbers[kSpan + kSlack];
  if (drop.p == 0)
    std::fill_n(numbers, std::min(n, kSpan) + 16, 0);  // none is below 0: all are kept

  for (int64_t start = 0; start < n; start += kSpan) {
    const int64_t count = std::min(kSpan, n - start);
    const int64_t offset = (first + start) % 8;  // of the first element within its block
    if (drop.p > 0) {
      const int64_t block = (first + start) / 8, blocks = (offset + count + 7) / 8;
      for (int64_t b = 0; b < blocks; b += kBlocksAtOnce) {
        philox_blocks(drop.stream, static_cast<uint64_t>(block + b), numbers + 8 * b);
      }
    }
    for_each_four(d, count, [&](int64_t i, auto lanes) HWY_ATTR {
      body(start + i, lanes, at_vectors(numbers + offset + i, lanes, below_threshold));
    });
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_RANDOM_INL
