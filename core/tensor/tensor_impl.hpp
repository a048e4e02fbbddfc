// What a Tensor handle points to. Included by the engine alone.
#pragma once

#include <memory>

#include "core/tensor/tensor.hpp"

namespace gradus {

class Hooks;

// The part of a tensor that belongs to the graph.
struct AutogradMeta {
  bool requires_grad = false;       // asked for by requires_grad_(), on a leaf
  Tensor grad;                      // of a leaf, or of a result by retain_grad()
  std::shared_ptr<Hooks> hooks;     // of a leaf; a node has those of its results
  std::weak_ptr<Node> accumulator;  // of a leaf: the node that adds to `grad`
  std::shared_ptr<Node> grad_fn;    // of a result: the operation that made it...
  size_t output_index = 0;          // ...and which of its outputs this is
  Tensor base;                      // of a view: the tensor whose memory it shows
  uint64_t rewrites = 0;            // of grad_fn by changes in place; of a view: its base's so far
  bool is_untracked_view = false;   // made under NoGrad
};

// #region tensor-impl
struct TensorImpl {
  std::shared_ptr<Storage> storage;
  DType dtype;
  Shape shape;
  Shape strides;
  int64_t offset;  // of the first element in the storage, in elements
  int64_t numel;
  AutogradMeta autograd;
};
// #endregion tensor-impl

// Whether `x` is the only handle to all of its memory, so that the engine may keep it or change it.
inline bool is_unshared(const Tensor& x) {
  const std::shared_ptr<Storage>& storage = x.impl()->storage;
  return x.is_contiguous() && x.shared_impl().use_count() == 1 && storage.use_count() == 1 &&
         !storage->is_borrowed();
}

}  // namespace gradus
