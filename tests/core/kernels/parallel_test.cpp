#include "core/kernels/parallel.hpp"

#include <atomic>
#include <chrono>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "tests/catch.hpp"

using namespace gradus;

namespace {

// Restores the number of threads when a test ends.
struct WithThreads {
  explicit WithThreads(int threads) : before(num_threads()) { set_num_threads(threads); }
  ~WithThreads() { set_num_threads(before); }
  int before;
};

}  // namespace

TEST_CASE("parallel_for covers the range once, in chunks of the grain") {
  const int threads = GENERATE(1, 2, 3, 7);
  const int64_t range = GENERATE(0, 1, 9, 10, 11, 1000);
  const WithThreads scope(threads);
  std::vector<int> visits(static_cast<size_t>(range));
  std::atomic<bool> well_cut = true;
  parallel_for(range, 10, [&](int64_t begin, int64_t end) {
    if (begin % 10 != 0 || end != std::min<int64_t>(begin + 10, range)) well_cut = false;
    for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
  });
  CHECK(well_cut);
  CHECK(visits == std::vector<int>(static_cast<size_t>(range), 1));
}

TEST_CASE("parallel_for runs chunks on several threads at once") {
  const WithThreads scope(2);
  // Each of two chunks waits until the other has begun: they can only end side by side.
  std::atomic<int> begun = 0;
  std::atomic<int> met = 0;
  parallel_for(2, 1, [&](int64_t, int64_t) {
    ++begun;
    for (int spin = 0; spin < 100000 && begun < 2; ++spin) std::this_thread::yield();
    if (begun == 2) ++met;
  });
  CHECK(met == 2);
}

TEST_CASE("loops of several threads do not disturb each other") {
  const WithThreads scope(3);
  std::atomic<bool> wrong = false;
  const auto add_up = [&] {
    for (int64_t range = 1; range < 400; ++range) {
      const int64_t sum = parallel_sum<int64_t>(range, 1, [](int64_t i, int64_t) { return i; });
      if (sum != range * (range - 1) / 2) wrong = true;
    }
  };
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 3; ++i) callers.emplace_back(add_up);
  }
  CHECK_FALSE(wrong);
}

TEST_CASE("threads that have gone to sleep come back") {
  const WithThreads scope(2);
  for (int repeat = 0; repeat < 3; ++repeat) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // their patience is shorter
    std::atomic<int> begun = 0;
    parallel_for(2, 1, [&](int64_t, int64_t) {
      ++begun;
      for (int spin = 0; spin < 100000 && begun < 2; ++spin) std::this_thread::yield();
    });
    CHECK(begun == 2);
  }
}

TEST_CASE("who is done takes over what another thread has not begun") {
  const WithThreads scope(2);  // which have chunks 0, 1 and 2, 3 to begin with
  std::atomic<bool> last_done = false, waited_in_vain = false;
  parallel_for(4, 1, [&](int64_t chunk, int64_t) {
    if (chunk == 3) last_done = true;
    if (chunk != 2) return;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!last_done && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    if (!last_done) waited_in_vain = true;
  });
  CHECK_FALSE(waited_in_vain);
}

TEST_CASE("nested calls stay in their thread") {
  const WithThreads scope(3);
  std::vector<int64_t> sums(6);
  std::atomic<bool> strayed = false;
  parallel_for(6, 1, [&](int64_t outer, int64_t) {
    const auto thread = std::this_thread::get_id();
    parallel_for(100, 7, [&](int64_t begin, int64_t end) {
      if (std::this_thread::get_id() != thread) strayed = true;
      for (int64_t i = begin; i < end; ++i) sums[static_cast<size_t>(outer)] += i;
    });
  });
  CHECK_FALSE(strayed);
  CHECK(sums == std::vector<int64_t>(6, 4950));
}

TEST_CASE("the earliest chunk that throws is the one that is reported") {
  const WithThreads scope(GENERATE(1, 4));
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto failing = [] {
      parallel_for(64, 1, [](int64_t begin, int64_t) {
        if (begin >= 5) throw ValueError(std::to_string(begin));
      });
    };
    CHECK_THROWS_WITH(failing(), "5");
  }
  // and the pool is whole afterwards
  CHECK(parallel_sum<int64_t>(10, 1, [](int64_t begin, int64_t) { return begin; }) == 45);
}

TEST_CASE("parallel_sum adds up chunks in their order, whatever the threads") {
  const auto sum_with = [](int threads) {
    const WithThreads scope(threads);
    return parallel_sum<float>(100000, 64, [](int64_t begin, int64_t end) {
      float part = 0;
      for (int64_t i = begin; i < end; ++i) part += 1.0F / static_cast<float>(i + 1);
      return part;
    });
  };
  const float alone = sum_with(1);
  CHECK(sum_with(2) == alone);
  CHECK(sum_with(3) == alone);
  CHECK(sum_with(7) == alone);
}

TEST_CASE("set_num_threads rejects what is not a number of threads") {
  CHECK_THROWS_AS(set_num_threads(0), ValueError);
  CHECK_THROWS_AS(set_num_threads(-1), ValueError);
  CHECK_THROWS_AS(set_num_threads(1025), ValueError);
}
