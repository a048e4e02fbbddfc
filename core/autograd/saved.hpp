// What an operation keeps for its backward: an input or an output of its forward.
//   struct Exp { Saved y; ... };
// Reading it checks that nobody has changed the memory in place since. It holds the memory and the
// place in the graph, not the tensor: that would own itself, if it is an output, or an input whose
// history a change in place rewrites later.
#pragma once

#include <functional>
#include <memory>

#include "core/tensor/tensor.hpp"

namespace gradus {

class Saved {
 public:
  Saved() = default;
  Saved(const Tensor& tensor);  // implicit: `x = input` in a forward saves it

  // The tensor as it was saved. Throws GradError that names the running operation if its memory
  // was changed in place.
  Tensor get() const;
  operator Tensor() const { return get(); }
  bool defined() const { return data_.defined(); }

 private:
  Tensor data_;                                     // without memory, if that is kept elsewhere
  std::shared_ptr<std::function<Tensor()>> fetch_;  // from where it comes then
  std::weak_ptr<TensorImpl> identity_;              // tells an output of the running node
  uint64_t version_ = 0;
};

// Has the memory of saved tensors kept elsewhere, while it is alive in the calling thread. `keep`
// gets each tensor that is saved, leaves that require a gradient excepted, and returns how to
// fetch it when backward reads it; an empty function leaves it where it is.
// (torch.autograd.graph.saved_tensors_hooks)
class SavedElsewhere {
 public:
  using Keep = std::function<std::function<Tensor()>(const Tensor&)>;
  explicit SavedElsewhere(Keep keep);
  ~SavedElsewhere();
  SavedElsewhere(const SavedElsewhere&) = delete;
  SavedElsewhere& operator=(const SavedElsewhere&) = delete;

  // What the innermost one returns for `tensor`; empty if there is none.
  static std::function<Tensor()> take(const Tensor& tensor);

 private:
  Keep keep_;
  SavedElsewhere* previous_;
};

}  // namespace gradus
