// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3"). Number i of a stream is a pure function of (seed, stream, i), so any thread
// can draw any of them, in any order, and get the same.
#pragma once

#include <array>
#include <cstdint>

namespace gradus {

// The numbers of one call: a dropout mask, a weight matrix, the masks of one batch.
struct RandomStream {
  uint64_t seed = 0;
  uint64_t stream = 0;
};

// The constants of Philox4x32-10, which the SIMD form in core/kernels shares.
inline constexpr int kPhiloxRounds = 10;
inline constexpr uint32_t kPhiloxMultiplier0 = 0xD2511F53, kPhiloxMultiplier1 = 0xCD9E8D57;
inline constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9, kPhiloxWeyl1 = 0xBB67AE85;

// Block `index` of the stream, as four 32-bit words: Philox4x32-10 of counter
// (index low, index high, stream low, stream high) under the key (seed low, seed high).
std::array<uint32_t, 4> philox(RandomStream stream, uint64_t index);

// Uniform in [0, 1), 53 bits: number `i` of the stream. A block holds two of them.
double uniform(RandomStream stream, uint64_t i);

// Hands out one stream a call, in order. Seed and position together are the whole state: a
// checkpoint stores them.
class Generator {
 public:
  explicit Generator(uint64_t seed = 0, uint64_t position = 0) : seed_(seed), position_(position) {}
  RandomStream next() { return {seed_, position_++}; }
  uint64_t seed() const { return seed_; }
  uint64_t position() const { return position_; }

 private:
  uint64_t seed_;
  uint64_t position_;
};

// The generator that dropout and random tensors draw from when given no other.
Generator& default_generator();
void manual_seed(uint64_t seed);  // restarts it

// A sequential reader of one stream, for code that draws one number after the other (sampling,
// shuffling).
class RandomReader {
 public:
  explicit RandomReader(RandomStream stream) : stream_(stream) {}
  uint32_t next_u32();
  uint64_t below(uint64_t bound);  // uniform in [0, bound), without bias; bound > 0
  double uniform();                // in [0, 1), 53 bits
  double normal();                 // mean 0, variance 1 (Box and Muller 1958)

 private:
  RandomStream stream_;
  uint64_t block_ = 0;
  int used_ = 4;
  std::array<uint32_t, 4> words_{};
};

}  // namespace gradus
