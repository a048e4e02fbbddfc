#include "core/autograd/leaf_node.hpp"

#include "core/autograd/grad_mode.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/shape.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {

std::shared_ptr<Hooks>& LeafNode::hooks(size_t) { return leaf_.impl()->autograd.hooks; }

// grad ← grad + dy
Tensors LeafNode::backward(const Tensors& output_gradients) {
  const Tensor& dy = output_gradients[0];
  Tensor grad = leaf_.grad();
  if (grad_enabled()) {  // create_graph: the gradient keeps its own history
    leaf_.set_grad(grad.defined() ? grad + dy : clone(dy));
  } else if (!grad.defined()) {
    leaf_.set_grad(is_unshared(dy) ? dy : dy.clone().detach());
  } else {
    grad.add_(dy);
  }
  return {};
}

}  // namespace gradus
