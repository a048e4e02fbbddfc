// How finely kernels cut their work: a chunk holds some 16,384 elements, which take one thread
// about 5 to 50 µs, and what is smaller stays in the calling thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace gradus::kernels {

constexpr int64_t kElementGrain = 16384;

inline int64_t row_grain(int64_t cols) {
  return std::max<int64_t>(1, kElementGrain / std::max<int64_t>(1, cols));
}

}  // namespace gradus::kernels
