// Memory that a kernel needs while it runs, from the caching allocator: aligned, not initialised.
#pragma once

#include <cstdint>

#include "core/kernels/parallel.hpp"
#include "core/tensor/allocator.hpp"

namespace gradus::kernels {

template <class T>
class Scratch {
 public:
  explicit Scratch(int64_t size)
      : bytes_(static_cast<size_t>(size) * sizeof(T)), data_(static_cast<T*>(take())) {}
  ~Scratch() { shared_loop_ ? deallocate_scratch(data_, bytes_) : deallocate(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* get() const { return data_; }

 private:
  void* take() const {
    return shared_loop_ ? allocate_scratch(bytes_, num_threads()) : allocate(bytes_);
  }

  bool shared_loop_ = inside_shared_loop();
  size_t bytes_;
  T* data_;
};

}  // namespace gradus::kernels
