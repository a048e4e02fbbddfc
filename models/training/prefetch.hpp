// Makes the next batch while the current one is learned from.
//
// Batches are a pure function of their index, so making them ahead changes when they are made, and
// never what they hold. One is made at a time: the function may keep what it likes from call to call,
// but nothing that others use meanwhile, default_generator() for one.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <utility>

namespace gradus::training {

template <class Batch>
class Prefetch {
 public:
  using Make = std::function<Batch(int64_t index)>;

  explicit Prefetch(Make make) : make_(std::move(make)) {}
  Prefetch(const Prefetch&) = delete;  // a thread may be using this one
  Prefetch& operator=(const Prefetch&) = delete;
  // Ends when the batch that is being made is done.
  ~Prefetch() = default;

  // Batch `index`, at once if it follows the one before it and is ready; begins the one after it.
  // Throws what making batch `index` threw.
  Batch get(int64_t index) {
    Batch batch = take(index);
    next_index_ = index + 1;
    // Where no thread is to be had, `deferred` makes it when it is asked for.
    next_ = std::async(std::launch::async | std::launch::deferred,
                       [this, index] { return make_(index + 1); });
    return batch;
  }

 private:
  Batch take(int64_t index) {
    std::future<Batch> next = std::move(next_);
    if (next.valid() && next_index_ == index) return next.get();
    if (next.valid()) next.wait();  // another one was asked for: nobody wants this
    return make_(index);
  }

  Make make_;
  int64_t next_index_ = 0;
  std::future<Batch> next_;  // of batch next_index_; the last member: the first to end
};

}  // namespace gradus::training
