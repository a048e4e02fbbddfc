#include "core/kernels/parallel.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace gradus {
namespace {

#if defined(_OPENMP)

// OMP_NUM_THREADS, or the CPUs that the process may run on.
int default_threads() { return omp_get_max_threads(); }

// Calls worker() on `threads` threads at once, the calling one among them.
void run_on_threads(int threads, const std::function<void()>& worker) {
#pragma omp parallel num_threads(threads)
  worker();
}

#elif defined(__EMSCRIPTEN__)

int default_threads() { return 1; }
void run_on_threads(int, const std::function<void()>& worker) { worker(); }

#else

// Without OpenMP, threads are started for each call: slower, but visible to the thread sanitizer,
// which cannot look into OpenMP's runtime.
int default_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

void run_on_threads(int threads, const std::function<void()>& worker) {
  std::vector<std::jthread> helpers;
  for (int i = 1; i < threads; ++i) helpers.emplace_back(worker);
  worker();
}

#endif

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

  // Whoever is free takes the next chunk: results depend on the chunks alone.
  std::atomic<int64_t> next_chunk = 0;
  FirstError first_error;
  run_on_threads(threads, [&] {
    inside_chunk = true;
    for (int64_t chunk = next_chunk++; chunk < chunks; chunk = next_chunk++) {
      try {
        run(chunk);
      } catch (...) {
        first_error.record(chunk);
      }
    }
    inside_chunk = false;
  });
  first_error.rethrow();
}

}  // namespace gradus
