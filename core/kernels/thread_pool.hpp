// The threads behind parallel_for. They begin when they are first wanted and sleep when there is
// nothing to do. A loop waits only for chunks that somebody has begun, never for a thread to wake
// up: on a machine that is busy with other things, whoever has a CPU does the work.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gradus {

class ThreadPool {
 public:
  // The pool of this process, which lives until it ends.
  static ThreadPool& instance();

  // Calls run(chunk) for each chunk in [0, chunks), on the calling thread and at most threads − 1
  // others; returns when all are done. `run` must not throw. When another thread is using the pool,
  // the calling one works alone.
  void run(int64_t chunks, int threads, const std::function<void(int64_t)>& run);

 private:
  class Job;
  void start_helpers(int count);
  void help(int index, uint64_t jobs_seen);

  std::mutex in_use_;                 // held while a loop runs
  std::vector<std::thread> helpers_;  // number i + 1 is helpers_[i]; 0 is the caller
  std::mutex mutex_;                  // of what follows
  std::condition_variable new_job_;
  std::atomic<uint64_t> jobs_ = 0;  // how many there have been; may be read without the mutex
  std::shared_ptr<Job> job_;        // the latest
};

}  // namespace gradus
