// A block of memory that one or more tensors (views) look at, with the version counter by which
// autograd notices that a saved tensor was changed in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/tensor/allocator.hpp"

namespace gradus {

class Storage {
 public:
  explicit Storage(size_t bytes) : data_(allocate(bytes)), bytes_(bytes) {}
  // Memory of someone else, which lasts as long as `owner`; not null.
  Storage(void* data, size_t bytes, std::shared_ptr<void> owner)
      : data_(data), bytes_(bytes), owner_(std::move(owner)) {}
  ~Storage() {
    if (!owner_) deallocate(data_, bytes_);
  }
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  bool is_borrowed() const { return owner_ != nullptr; }

  // Counts the in-place changes through any view.
  uint64_t version() const { return version_; }
  void bump_version() { ++version_; }

 private:
  void* data_;
  size_t bytes_;
  std::shared_ptr<void> owner_;  // null where the memory is our own
  uint64_t version_ = 0;
};

}  // namespace gradus
