// Small helpers for drawing by lot from Philox streams.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/random/philox.hpp"

namespace gradus::text {

// Puts the values in random order (Fisher and Yates; Knuth, TAOCP 2, algorithm P).
template <class T>
void shuffle(std::vector<T>& values, RandomReader& random) {
  for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

// A seed for a family of streams, itself drawn from a stream.
inline uint64_t derive_seed(RandomStream parent) {
  const auto words = philox(parent, 0);
  return (uint64_t{words[0]} << 32) | words[1];
}

}  // namespace gradus::text
