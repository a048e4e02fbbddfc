// Batches made ahead: the right ones, one at a time, and errors where the batch is asked for.
#include "models/training/prefetch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/kernels/parallel.hpp"
#include "tests/catch.hpp"

using namespace gradus;
using namespace gradus::training;

namespace {

// Waits until it happens; a minute is long on any machine.
template <class Condition>
bool happens(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  return condition();
}

int64_t squared(int64_t index) { return index * index; }

}  // namespace

TEST_CASE("prefetch: gives the batch that is asked for, in any order") {
  Prefetch<int64_t> batches(squared);
  for (int64_t index = 0; index < 50; ++index) CHECK(batches.get(index) == index * index);
  for (const int64_t index : {7, 7, 8, 3, 0, 1, 1000}) CHECK(batches.get(index) == index * index);
}

TEST_CASE("prefetch: the next batch is made while nobody waits for it, and by another thread") {
  std::atomic<int64_t> made = -1;
  std::vector<std::thread::id> makers(3);
  Prefetch<int64_t> batches([&](int64_t index) {
    makers[static_cast<size_t>(index)] = std::this_thread::get_id();
    made = index;
    return index;
  });
  batches.get(0);
  CHECK(happens([&] { return made == 1; }));
  CHECK(batches.get(1) == 1);
  CHECK(happens([&] { return made == 2; }));
  CHECK(makers[0] == std::this_thread::get_id());
  CHECK(makers[1] != std::this_thread::get_id());
}

TEST_CASE("prefetch: one batch is made at a time") {
  int in_the_making = 0, most = 0;  // not atomic: the thread sanitizer would see two at once
  {
    Prefetch<int64_t> batches([&](int64_t index) {
      most = std::max(most, ++in_the_making);
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      --in_the_making;
      return index;
    });
    for (const int64_t index : {0, 1, 5, 5, 4, 9, 10, 11}) CHECK(batches.get(index) == index);
  }
  CHECK(most == 1);
}

TEST_CASE("prefetch: an error reaches whoever asks for that batch, and only then") {
  int failures = 2;
  Prefetch<int64_t> batches([&](int64_t index) {
    if (index == 2 && failures-- > 0) throw std::runtime_error("batch 2 is bad");
    return index;
  });
  CHECK(batches.get(0) == 0);
  CHECK(batches.get(1) == 1);
  CHECK_THROWS_WITH(batches.get(2), "batch 2 is bad");  // made ahead
  CHECK_THROWS_WITH(batches.get(2), "batch 2 is bad");  // made here
  CHECK(batches.get(2) == 2);
  CHECK(batches.get(3) == 3);
}

TEST_CASE("prefetch: its end waits for the batch in the making, failed or not") {
  for (const bool fails : {false, true}) {
    std::atomic<bool> done = false;
    {
      Prefetch<std::unique_ptr<int>> batches([&](int64_t index) {
        if (index == 0) return std::make_unique<int>(0);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        done = true;
        if (fails) throw std::runtime_error("nobody asked for it");
        return std::make_unique<int>(1);
      });
      CHECK(*batches.get(0) == 0);
    }
    CHECK(done);
  }
  const Prefetch<int64_t> never_asked(squared);
}

TEST_CASE("prefetch: loops over threads go on beside those of the thread that asks") {
  const auto sum = [](int64_t count) {
    return parallel_sum<int64_t>(count, 16, [](int64_t begin, int64_t end) {
      int64_t part = 0;
      for (int64_t i = begin; i < end; ++i) part += i;
      return part;
    });
  };
  Prefetch<int64_t> batches([&](int64_t index) { return sum(1000 + index); });
  for (int64_t index = 0; index < 100; ++index) {
    const int64_t count = 1000 + index;
    CHECK(batches.get(index) == count * (count - 1) / 2);
    CHECK(sum(2000) == 1000 * 1999);
  }
}
