#include "core/random/philox.hpp"

#include <cmath>
#include <numbers>

namespace gradus {
namespace {

// 2⁻⁵³, the distance between the doubles that uniform() draws from.
constexpr double kTwoToMinus53 = 0x1.0p-53;

uint64_t join(uint32_t low, uint32_t high) { return (static_cast<uint64_t>(high) << 32) | low; }
uint32_t low_half(uint64_t x) { return static_cast<uint32_t>(x); }
uint32_t high_half(uint64_t x) { return static_cast<uint32_t>(x >> 32); }

}  // namespace

// One round:  c ← (hi(M₁c₂) ⊕ c₁ ⊕ k₀,  lo(M₁c₂),  hi(M₀c₀) ⊕ c₃ ⊕ k₁,  lo(M₀c₀)),
// and the key moves on by Weyl's constants (Salmon et al. 2011, §3.3 and table 2).
std::array<uint32_t, 4> philox(RandomStream stream, uint64_t index) {
  std::array<uint32_t, 4> c = {low_half(index), high_half(index), low_half(stream.stream),
                               high_half(stream.stream)};
  uint32_t key0 = low_half(stream.seed), key1 = high_half(stream.seed);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const uint64_t product0 = static_cast<uint64_t>(kPhiloxMultiplier0) * c[0];
    const uint64_t product1 = static_cast<uint64_t>(kPhiloxMultiplier1) * c[2];
    c = {high_half(product1) ^ c[1] ^ key0, low_half(product1), high_half(product0) ^ c[3] ^ key1,
         low_half(product0)};
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  return c;
}

// Two words a number: number i is half i mod 2 of block i / 2.
double uniform(RandomStream stream, uint64_t i) {
  const std::array<uint32_t, 4> words = philox(stream, i / 2);
  const size_t half = 2 * (i % 2);
  return static_cast<double>(join(words[half], words[half + 1]) >> 11) * kTwoToMinus53;
}

Generator& default_generator() {
  static Generator generator;
  return generator;
}

void manual_seed(uint64_t seed) { default_generator() = Generator(seed); }

uint32_t RandomReader::next_u32() {
  if (used_ == 4) {
    words_ = philox(stream_, block_++);
    used_ = 0;
  }
  return words_[static_cast<size_t>(used_++)];
}

// Draws that fall into the incomplete last copy of [0, bound) are thrown away, so that each value
// has the same number of 64-bit draws.
uint64_t RandomReader::below(uint64_t bound) {
  const uint64_t incomplete = (0 - bound) % bound;  // 2⁶⁴ mod bound
  uint64_t draw;
  do {
    const uint32_t low = next_u32();
    draw = join(low, next_u32());
  } while (draw < incomplete);
  return draw % bound;
}

double RandomReader::uniform() {
  const uint32_t low = next_u32();
  return static_cast<double>(join(low, next_u32()) >> 11) * kTwoToMinus53;
}

// z = √(−2 ln(1 − u₁)) · cos(2π u₂);   1 − u₁ lies in (0, 1], where the logarithm is finite
double RandomReader::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace gradus
