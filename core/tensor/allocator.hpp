// Where tensors get their memory: a cache of freed blocks in front of the system's allocator.
// Returning large blocks to the system at each training step would cost page faults at the next.
// All functions may be called from any thread.
#pragma once

#include <cstddef>

namespace gradus {

inline constexpr size_t kAlignment = 64;  // bytes: a cache line, and the widest vector

// A block of at least `bytes` bytes, aligned to kAlignment; null for 0 bytes.
// Throws Error when the system has no memory left.
void* allocate(size_t bytes);

// Returns a block to the cache; `bytes` as it was asked for. Null is ignored.
void deallocate(void* block, size_t bytes) noexcept;

// The same for what a part of a loop over `threads` threads needs while it runs; a thread returns what
// it took. Which threads take part in a loop differs from time to time. So that this cannot change
// what is asked of the system, there is, for each block that one thread holds, one for every other.
void* allocate_scratch(size_t bytes, int threads);
void deallocate_scratch(void* block, size_t bytes) noexcept;

struct MemoryStats {
  size_t current;       // bytes in use
  size_t peak;          // the most that was in use since start or reset_peak_memory()
  size_t cached;        // bytes kept for reuse
  size_t allocated;     // bytes asked for since start, whether or not they came back
  size_t system_calls;  // blocks asked of the system since start
};
MemoryStats memory_stats();
void reset_peak_memory();

// Gives all cached blocks back to the system.
void release_cached_memory();

}  // namespace gradus
