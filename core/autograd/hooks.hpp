// Hooks: functions that see the gradient of a tensor when a backward has summed all of it, and may
// replace it.   const HookHandle handle = x.register_hook([](const Tensor& dx) { return dx * 2.0; });
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace gradus {

// Returns the gradient that takes the place of the given one, or an undefined tensor to keep it.
// The given one must not be changed in place: others may look at the same memory.
using Hook = std::function<Tensor(const Tensor& gradient)>;

// What hangs on one tensor: its hooks, called in the order in which they were registered, and
// then retain_grad().
class Hooks {
 public:
  uint64_t add(Hook hook);
  void remove(uint64_t id);

  // The gradient that the hooks make of this one. Throws GradError if its shape or dtype changes.
  Tensor run(Tensor gradient) const;

  // The result of an operation whose grad() is to be kept as a leaf's is.
  void retain(const Tensor& tensor) { retained_ = tensor.shared_impl(); }
  bool retains(const Tensor& tensor) const { return retained_.lock() == tensor.shared_impl(); }
  void keep(const Tensor& gradient) const;

 private:
  std::vector<std::pair<uint64_t, Hook>> hooks_;
  uint64_t next_id_ = 0;
  std::weak_ptr<TensorImpl> retained_;
};

// What register_hook() returns. The hook stays when its handle goes.
class HookHandle {
 public:
  HookHandle() = default;
  HookHandle(std::weak_ptr<Hooks> hooks, uint64_t id) : hooks_(std::move(hooks)), id_(id) {}
  void remove() const;  // a second time, or after the tensor: nothing happens

 private:
  std::weak_ptr<Hooks> hooks_;
  uint64_t id_ = 0;
};

}  // namespace gradus
