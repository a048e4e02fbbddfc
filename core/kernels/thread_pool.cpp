#include "core/kernels/thread_pool.hpp"

#include <hwy/cache_control.h>

#include <chrono>
#include <system_error>

namespace gradus {
namespace {

// Waits a little for something that should happen at once, which is cheaper than to sleep and be
// woken up. Now and then another thread that wants the CPU gets it.
template <class Condition>
void wait_awake(const Condition& happened) {
  constexpr std::chrono::milliseconds kPatience{3};
  constexpr int kGlances = 200;  // between two looks at the clock: some 10 µs
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < kGlances; ++i) {
      if (happened()) return;
      hwy::Pause();
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < end);
}

}  // namespace

// The chunks of a loop, of which each thread has an equal share: whoever is done with its own takes
// from those of the others. A loop over the same rows as the one before it thus finds most of them
// in the cache of the core that wrote them.
class ThreadPool::Job {
 public:
  Job(int64_t chunks, int threads, const std::function<void(int64_t)>& run)
      : shares_(static_cast<size_t>(threads)), unfinished_(chunks), run_(run) {
    for (int64_t t = 0; t < threads; ++t) {
      Share& share = shares_[static_cast<size_t>(t)];
      share.next = chunks * t / threads;
      share.end = chunks * (t + 1) / threads;
    }
  }

  // What thread `index` can do, until no chunk is left.
  void work(int index) {
    const auto count = shares_.size(), own = static_cast<size_t>(index);
    for (size_t i = 0; i < count && own < count; ++i) {
      Share& share = shares_[(own + i) % count];
      for (int64_t chunk = share.next++; chunk < share.end; chunk = share.next++) {
        run_(chunk);
        if (--unfinished_ == 0) unfinished_.notify_one();
      }
    }
  }

  void wait() {
    wait_awake([this] { return unfinished_ == 0; });
    for (int64_t left = unfinished_; left > 0; left = unfinished_) unfinished_.wait(left);
  }

 private:
  struct alignas(64) Share {  // a cache line each, so that they do not slow each other down
    std::atomic<int64_t> next = 0;
    int64_t end = 0;
  };
  std::vector<Share> shares_;
  std::atomic<int64_t> unfinished_;
  const std::function<void(int64_t)>& run_;  // gone when all chunks are done; nobody calls it then
};

ThreadPool& ThreadPool::instance() {
  static auto* pool = new ThreadPool;  // never destroyed: its threads end with the process
  return *pool;
}

void ThreadPool::run(int64_t chunks, int threads, const std::function<void(int64_t)>& run) {
  const std::unique_lock alone(in_use_, std::try_to_lock);
  if (!alone || threads <= 1) {
    for (int64_t chunk = 0; chunk < chunks; ++chunk) run(chunk);
    return;
  }
  start_helpers(threads - 1);
  const auto job = std::make_shared<Job>(chunks, threads, run);
  {
    const std::lock_guard lock(mutex_);
    job_ = job;
    ++jobs_;
  }
  new_job_.notify_all();
  job->work(0);
  job->wait();
}

void ThreadPool::start_helpers(int count) {
  while (static_cast<int>(helpers_.size()) < count) {
    const int index = static_cast<int>(helpers_.size()) + 1;
    try {
      helpers_.emplace_back([this, index, seen = jobs_.load()] { help(index, seen); });
    } catch (const std::system_error&) {
      return;  // the system allows no more threads; those that are there do the work
    }
  }
}

void ThreadPool::help(int index, uint64_t jobs_seen) {
  for (;;) {
    wait_awake([&] { return jobs_ != jobs_seen; });
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      new_job_.wait(lock, [&] { return jobs_ != jobs_seen; });
      jobs_seen = jobs_;
      job = job_;
    }
    job->work(index);
  }
}

}  // namespace gradus
