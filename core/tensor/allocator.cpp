#include "core/tensor/allocator.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"

namespace gradus {
namespace {

// Sizes are rounded up to eight steps per power of two, so that blocks of nearly equal sizes can
// stand in for each other and at most an eighth of a block is wasted.
size_t rounded(size_t bytes) {
  require<Error>(bytes <= SIZE_MAX / 2, "out of memory: {} bytes asked for", bytes);
  const size_t step = std::max(std::bit_floor(bytes) / 8, kAlignment);
  return (bytes + step - 1) / step * step;
}

class CachingAllocator {
 public:
  void* allocate(size_t bytes) {
    size_t size = rounded(bytes);
    const std::lock_guard lock(mutex_);
    void* block = take_cached(size);
    if (!block) block = std::aligned_alloc(kAlignment, size);
    if (!block) {  // what lies in the cache may be enough
      release_cached();
      block = std::aligned_alloc(kAlignment, size);
      require<Error>(block != nullptr, "out of memory: {} bytes asked for, {} in use", bytes,
                     stats_.current);
    }
    stats_.current += size;
    stats_.allocated += rounded(bytes);
    stats_.peak = std::max(stats_.peak, stats_.current);
    return block;
  }

  void deallocate(void* block, size_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    const size_t size = size_of(block, bytes);
    stats_.current -= size;
    try {
      free_blocks_[size].push_back(block);
      stats_.cached += size;
    } catch (const std::bad_alloc&) {
      std::free(block);
    }
  }

  MemoryStats stats() {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

  void reset_peak() {
    const std::lock_guard lock(mutex_);
    stats_.peak = stats_.current;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    release_cached();
  }

 private:
  // The functions below expect the lock to be held.

  // The smallest free block of at least `size` bytes and not half as large again, which `size` then
  // becomes: batches of texts are a little longer and shorter, and should share their blocks.
  void* take_cached(size_t& size) {
    auto found = free_blocks_.lower_bound(size);
    while (found != free_blocks_.end() && found->second.empty()) ++found;
    if (found == free_blocks_.end() || found->first > size + size / 2) {
      ++stats_.system_calls;
      return nullptr;
    }
    void* block = found->second.back();
    if (found->first != size) larger_[block] = size = found->first;
    found->second.pop_back();
    stats_.cached -= size;
    return block;
  }

  // The true size of a block that was asked for as `bytes`.
  size_t size_of(void* block, size_t bytes) {
    const auto found = larger_.find(block);
    if (found == larger_.end()) return rounded(bytes);
    const size_t size = found->second;
    larger_.erase(found);
    return size;
  }

  void release_cached() {
    for (auto& [size, blocks] : free_blocks_) {
      for (void* block : blocks) std::free(block);
    }
    free_blocks_.clear();
    stats_.cached = 0;
  }

  std::mutex mutex_;
  std::map<size_t, std::vector<void*>> free_blocks_;  // by size
  std::unordered_map<void*, size_t> larger_;          // blocks that serve a smaller request
  MemoryStats stats_{};
};

// Never destroyed: tensors with static lifetime may return their memory after main.
CachingAllocator& allocator() {
  static auto* instance = new CachingAllocator;
  return *instance;
}

}  // namespace

void* allocate(size_t bytes) { return bytes == 0 ? nullptr : allocator().allocate(bytes); }

void deallocate(void* block, size_t bytes) noexcept {
  if (block) allocator().deallocate(block, bytes);
}

MemoryStats memory_stats() { return allocator().stats(); }
void reset_peak_memory() { allocator().reset_peak(); }
void release_cached_memory() { allocator().release(); }

}  // namespace gradus
