#include "core/kernels/parallel.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace gradus {
namespace {

#if defined(_OPENMP)

// OMP_NUM_THREADS, or the CPUs that the process may run on.
int default_threads() { return omp_get_max_threads(); }

// Calls worker(0) … worker(threads − 1) on as many threads at once, 0 on the calling one.
void run_on_threads(int threads, const std::function<void(int)>& worker) {
#pragma omp parallel num_threads(threads)
  worker(omp_get_thread_num());
}

#elif defined(__EMSCRIPTEN__)

int default_threads() { return 1; }
void run_on_threads(int, const std::function<void(int)>& worker) { worker(0); }

#else

// Without OpenMP, threads are started for each call: slower, but visible to the thread sanitizer,
// which cannot look into OpenMP's runtime.
int default_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

void run_on_threads(int threads, const std::function<void(int)>& worker) {
  std::vector<std::jthread> helpers;
  for (int i = 1; i < threads; ++i) helpers.emplace_back(worker, i);
  worker(0);
}

#endif

std::atomic<int>& thread_count() {
  static std::atomic<int> count{default_threads()};
  return count;
}

// Whether this thread is running a chunk: calls from there stay in the thread.
thread_local bool inside_chunk = false;

// The chunks of a loop, of which each thread has an equal share: whoever is done with its own takes
// from those of the others. A loop over the same rows as the one before it thus finds most of them
// in the cache of the core that wrote them.
class Shares {
 public:
  Shares(int64_t chunks, int threads) : shares_(static_cast<size_t>(threads)) {
    for (int64_t t = 0; t < threads; ++t) {
      shares_[static_cast<size_t>(t)].next = chunks * t / threads;
      shares_[static_cast<size_t>(t)].end = chunks * (t + 1) / threads;
    }
  }
  // Calls run(chunk) for what thread `index` gets to do.
  template <class F>
  void work(int index, F run) {
    for (size_t i = 0; i < shares_.size(); ++i) {
      Share& share = shares_[(static_cast<size_t>(index) + i) % shares_.size()];
      for (int64_t chunk = share.next++; chunk < share.end; chunk = share.next++) run(chunk);
    }
  }

 private:
  struct alignas(64) Share {  // a cache line each, so that they do not slow each other down
    std::atomic<int64_t> next = 0;
    int64_t end = 0;
  };
  std::vector<Share> shares_;
};

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

  Shares shares(chunks, threads);  // results depend on the chunks alone
  FirstError first_error;
  run_on_threads(threads, [&](int index) {
    inside_chunk = true;
    shares.work(index, [&](int64_t chunk) {
      try {
        run(chunk);
      } catch (...) {
        first_error.record(chunk);
      }
    });
    inside_chunk = false;
  });
  first_error.rethrow();
}

}  // namespace gradus
