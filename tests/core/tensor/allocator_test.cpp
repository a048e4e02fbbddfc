#include "core/tensor/allocator.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <thread>

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;

// The sanitizers stop the program at a request that is too large, unless told to refuse it.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }

TEST_CASE("blocks are aligned, and those of 0 bytes are null") {
  for (const size_t bytes : {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{100'000}}) {
    void* block = allocate(bytes);
    CHECK(reinterpret_cast<uintptr_t>(block) % kAlignment == 0);
    std::memset(block, 1, bytes);
    deallocate(block, bytes);
  }
  CHECK(allocate(0) == nullptr);
  deallocate(nullptr, 0);
}

#ifdef __linux__
TEST_CASE("large blocks begin where a huge page can") {
  constexpr size_t kHugePage = size_t{2} << 20;
  release_cached_memory();
  for (const size_t bytes : {kHugePage, kHugePage + 1, 5 * kHugePage / 2}) {
    void* block = allocate(bytes);
    CHECK(reinterpret_cast<uintptr_t>(block) % kHugePage == 0);
    std::memset(block, 1, bytes);
    deallocate(block, bytes);
  }
}
#endif

TEST_CASE("the counters follow what is in use, what was, and what is kept") {
  release_cached_memory();
  CHECK(memory_stats().cached == 0);
  reset_peak_memory();
  const size_t before = memory_stats().current;
  CHECK(memory_stats().peak == before);

  void* first = allocate(1 << 20);
  void* second = allocate(1 << 20);
  CHECK(memory_stats().current == before + (2 << 20));
  deallocate(second, 1 << 20);
  CHECK(memory_stats().current == before + (1 << 20));
  CHECK(memory_stats().cached == 1 << 20);
  CHECK(memory_stats().peak == before + (2 << 20));

  void* again = allocate(1 << 20);  // the block that was kept
  CHECK(again == second);
  CHECK(memory_stats().cached == 0);
  CHECK(memory_stats().peak == before + (2 << 20));
  deallocate(first, 1 << 20);
  deallocate(again, 1 << 20);
  release_cached_memory();
  CHECK(memory_stats().current == before);
  CHECK(memory_stats().cached == 0);
}

TEST_CASE("what was handed out is counted for good") {
  const size_t before = memory_stats().allocated;
  for (int i = 0; i < 3; ++i) deallocate(allocate(1 << 20), 1 << 20);
  CHECK(memory_stats().allocated == before + 3 * (1 << 20));
}

TEST_CASE("nearly equal sizes share blocks, and little is wasted") {
  deallocate(allocate(1'000'000), 1'000'000);
  const size_t calls = memory_stats().system_calls;
  deallocate(allocate(999'000), 999'000);
  CHECK(memory_stats().system_calls == calls);
  release_cached_memory();
  for (size_t bytes = 64; bytes < 1'000'000; bytes = bytes * 5 / 4 + 1) {
    const size_t before = memory_stats().current;
    void* block = allocate(bytes);
    const size_t taken = memory_stats().current - before;
    CHECK(taken >= bytes);
    CHECK(taken <= bytes + std::max<size_t>(bytes / 8, kAlignment));
    deallocate(block, bytes);
  }
}

TEST_CASE("a block that is free serves a smaller request, unless half of it would be wasted") {
  release_cached_memory();
  const size_t before = memory_stats().current;
  void* block = allocate(1 << 20);
  deallocate(block, 1 << 20);
  void* smaller = allocate(800'000);
  CHECK(smaller == block);
  CHECK(memory_stats().current == before + (1 << 20));
  deallocate(smaller, 800'000);
  CHECK(memory_stats().cached == 1 << 20);
  void* half = allocate(1 << 19);
  CHECK(half != block);
  deallocate(half, 1 << 19);
  CHECK(memory_stats().current == before);
}

TEST_CASE("a second thread finds the scratch memory that a first one needed") {
  constexpr size_t kBytes = 10'000;
  constexpr int kThreads = 4, kBlocks = 3;  // of each thread at a time
  std::atomic<int> holding = 0;
  const auto use = [&](int threads_at_once) {
    std::array<void*, kBlocks> blocks{};
    for (void*& block : blocks) block = allocate_scratch(kBytes, kThreads);
    for (++holding; holding < threads_at_once;) std::this_thread::yield();
    for (void* block : blocks) deallocate_scratch(block, kBytes);
  };
  release_cached_memory();
  const size_t before = memory_stats().current;
  use(1);
  const size_t calls = memory_stats().system_calls;
  holding = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(use, kThreads);
  for (std::thread& thread : threads) thread.join();
  CHECK(memory_stats().system_calls == calls);
  CHECK(memory_stats().current == before);
  CHECK(memory_stats().cached >= kThreads * kBlocks * kBytes);
  release_cached_memory();
  CHECK(memory_stats().cached == 0);
  CHECK(allocate_scratch(0, 2) == nullptr);
  CHECK_THROWS_AS(allocate_scratch(size_t{1} << 60, 2), Error);
  CHECK_THROWS_AS(allocate_scratch(SIZE_MAX, 2), Error);
}

TEST_CASE("running out of memory is an error that says how much was asked for") {
  const size_t before = memory_stats().current;
  CHECK_THROWS_WITH(allocate(size_t{1} << 60),
                    ContainsSubstring("out of memory: 1152921504606846976"));
  CHECK_THROWS_AS(allocate(SIZE_MAX), Error);
  CHECK_THROWS_AS(empty({int64_t{1} << 56}), Error);
  CHECK(memory_stats().current == before);
  CHECK(zeros({4}).numel() == 4);  // and the program goes on
}

TEST_CASE("tensors return their memory") {
  const size_t before = memory_stats().current;
  {
    const Tensor x = zeros({1000});
    const Tensor seen = x.view({10, 100});
    CHECK(memory_stats().current >= before + 4000);
  }
  CHECK(memory_stats().current == before);
}

TEST_CASE("threads share the allocator") {
  const size_t before = memory_stats().current;
  std::vector<std::thread> threads;
  std::vector<int> corrupted(4);
  for (size_t t = 0; t < corrupted.size(); ++t) {
    threads.emplace_back([t, &corrupted] {
      std::vector<std::pair<unsigned char*, size_t>> blocks;
      for (size_t round = 0; round < 2000; ++round) {
        const size_t bytes = 64 + (round * 7919 + t * 104729) % 5000;
        blocks.emplace_back(static_cast<unsigned char*>(allocate(bytes)), bytes);
        std::memset(blocks.back().first, static_cast<int>(t), bytes);
        if (round % 3 == 0) continue;  // sometimes keep more than one
        for (const auto& [block, size] : blocks) {
          corrupted[t] += block[0] != t || block[size - 1] != t;  // nobody else has it
          deallocate(block, size);
        }
        blocks.clear();
        if (round % 100 == 0) release_cached_memory();
      }
      for (const auto& [block, size] : blocks) deallocate(block, size);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(corrupted == std::vector<int>(4));
  CHECK(memory_stats().current == before);
}
