// What an operation keeps for its backward: an input or an output of its forward.
//   struct Exp { Saved y; ... };
// Reading it checks that nobody has changed the memory in place since. An output is kept without
// the graph that hangs on it, which would own itself, and gets it back when it is read.
#pragma once

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
  Tensor data_;                         // the memory, without a graph
  Tensor input_;                        // the tensor itself, if it already was part of a graph
  std::weak_ptr<TensorImpl> identity_;  // tells an output of the running node
  uint64_t version_ = 0;
};

}  // namespace gradus
