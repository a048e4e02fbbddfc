#include "core/tensor/allocator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

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

// A block of the system, or null. Large ones in huge pages, where it has some: then the CPU need not
// look up another address every 4096 bytes.
void* system_block(size_t size) {
#ifdef __linux__
  constexpr size_t kHugePage = size_t{2} << 20;
  if (size >= kHugePage) {
    void* block = nullptr;
    if (::posix_memalign(&block, kHugePage, size) != 0) return nullptr;
    ::madvise(block, size, MADV_HUGEPAGE);  // a wish; nothing is lost where it is not granted
    return block;
  }
#endif
  return std::aligned_alloc(kAlignment, size);
}

class CachingAllocator {
 public:
  void* allocate(size_t bytes) {
    size_t size = rounded(bytes);
    const std::lock_guard lock(mutex_);
    void* block = take_cached(size);
    if (!block) block = from_system(size, bytes);
    count_use(size, rounded(bytes));
    return block;
  }

  void deallocate(void* block, size_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    const size_t size = size_of(block, bytes);
    stats_.current -= size;
    keep(free_blocks_, block, size);
  }

  // `held`: how many blocks of this size, a power of two, the thread has with this one.
  void* allocate_scratch(size_t size, int held, int threads) {
    const std::lock_guard lock(mutex_);
    std::vector<void*>& free = free_scratch_[size];
    const bool more = held > most_held_scratch_[size];
    const int missing = more ? threads : free.empty() ? 1 : 0;
    for (int i = 0; i < missing; ++i) keep(free_scratch_, from_system(size, size), size);
    if (more) most_held_scratch_[size] = held;
    require<Error>(!free.empty(), "out of memory: {} bytes asked for", size);
    void* block = free.back();
    free.pop_back();
    stats_.cached -= size;
    count_use(size, size);
    return block;
  }

  void deallocate_scratch(void* block, size_t size) noexcept {
    const std::lock_guard lock(mutex_);
    stats_.current -= size;
    keep(free_scratch_, block, size);
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
  using FreeBlocks = std::map<size_t, std::vector<void*>>;  // by size

  // The functions below expect the lock to be held.

  void* from_system(size_t size, size_t asked) {
    ++stats_.system_calls;
    void* block = system_block(size);
    if (!block) {  // what lies in the cache may be enough
      release_cached();
      block = system_block(size);
      require<Error>(block != nullptr, "out of memory: {} bytes asked for, {} in use", asked,
                     stats_.current);
    }
    return block;
  }

  void count_use(size_t size, size_t asked) {
    stats_.current += size;
    stats_.allocated += asked;
    stats_.peak = std::max(stats_.peak, stats_.current);
  }

  void keep(FreeBlocks& blocks, void* block, size_t size) noexcept {
    try {
      blocks[size].push_back(block);
      stats_.cached += size;
    } catch (const std::bad_alloc&) {
      std::free(block);
    }
  }

  // The smallest free block of at least `size` bytes and not half as large again, which `size` then
  // becomes: batches of texts are a little longer and shorter, and should share their blocks.
  void* take_cached(size_t& size) {
    auto found = free_blocks_.lower_bound(size);
    while (found != free_blocks_.end() && found->second.empty()) ++found;
    if (found == free_blocks_.end() || found->first > size + size / 2) return nullptr;
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
    for (FreeBlocks* all : {&free_blocks_, &free_scratch_}) {
      for (auto& [size, blocks] : *all) {
        for (void* block : blocks) std::free(block);
        blocks.clear();
      }
    }
    most_held_scratch_.clear();
    stats_.cached = 0;
  }

  std::mutex mutex_;
  FreeBlocks free_blocks_;
  std::unordered_map<void*, size_t> larger_;  // blocks that serve a smaller request
  FreeBlocks free_scratch_;
  std::map<size_t, int> most_held_scratch_;  // by one thread at a time; by size
  MemoryStats stats_{};
};

// Never destroyed: tensors with static lifetime may return their memory after main.
CachingAllocator& allocator() {
  static auto* instance = new CachingAllocator;
  return *instance;
}

// The size of a scratch block: few sizes, so that loops of many shapes share their blocks.
size_t scratch_size(size_t bytes) { return std::bit_ceil(std::max(bytes, kAlignment)); }

// How many scratch blocks this thread holds, by the logarithm of their size.
int& held_by_this_thread(size_t size) {
  thread_local std::array<int, 64> held{};
  return held[static_cast<size_t>(std::countr_zero(size))];
}

}  // namespace

void* allocate(size_t bytes) { return bytes == 0 ? nullptr : allocator().allocate(bytes); }

void deallocate(void* block, size_t bytes) noexcept {
  if (block) allocator().deallocate(block, bytes);
}

void* allocate_scratch(size_t bytes, int threads) {
  if (bytes == 0) return nullptr;
  require<Error>(bytes <= SIZE_MAX / 2, "out of memory: {} bytes asked for", bytes);
  const size_t size = scratch_size(bytes);
  int& held = held_by_this_thread(size);
  void* block = allocator().allocate_scratch(size, held + 1, threads);
  ++held;
  return block;
}

void deallocate_scratch(void* block, size_t bytes) noexcept {
  if (!block) return;
  const size_t size = scratch_size(bytes);
  --held_by_this_thread(size);
  allocator().deallocate_scratch(block, size);
}

MemoryStats memory_stats() { return allocator().stats(); }
void reset_peak_memory() { allocator().reset_peak(); }
void release_cached_memory() { allocator().release(); }

}  // namespace gradus
