#include "core/kernels/parallel.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#include "core/error.hpp"
#include "core/kernels/thread_pool.hpp"

namespace gradus {
namespace {

// The CPUs that the process may run on.
int default_threads() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{default_threads()};
  return count;
}

// Whether this thread is running a chunk: calls from there stay in the thread.
thread_local bool inside_chunk = false;

// Keeps the exception of the earliest chunk that failed.
class FirstError {
 public:
  void record(int64_t chunk) {
    const std::lock_guard lock(mutex_);
    if (!error_ || chunk < chunk_) {
      error_ = std::current_exception();
      chunk_ = chunk;
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr error_;
  int64_t chunk_ = 0;
};

}  // namespace

int num_threads() { return thread_count(); }

void set_num_threads(int threads) {
  require<ValueError>(threads >= 1 && threads <= 1024,
                      "set_num_threads: {} is not between 1 and 1024", threads);
  thread_count() = threads;
}

bool inside_shared_loop() { return inside_chunk; }

void parallel_for(int64_t range, int64_t grain, const std::function<void(int64_t, int64_t)>& fn) {
  if (range <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  const int64_t chunks = (range - 1) / grain + 1;
  const auto run = [&](int64_t chunk) {
    const int64_t begin = chunk * grain;
    fn(begin, begin + std::min(grain, range - begin));
  };
  const int threads = inside_chunk ? 1 : static_cast<int>(std::min<int64_t>(num_threads(), chunks));
  if (threads <= 1) {
    for (int64_t chunk = 0; chunk < chunks; ++chunk) run(chunk);
    return;
  }

  FirstError first_error;
  ThreadPool::instance().run(chunks, threads, [&](int64_t chunk) {
    inside_chunk = true;
    try {
      run(chunk);
    } catch (...) {
      first_error.record(chunk);
    }
    inside_chunk = false;
  });
  first_error.rethrow();
}

}  // namespace gradus
