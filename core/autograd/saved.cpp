#include "core/autograd/saved.hpp"

#include "core/autograd/node.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

// Holds even when both tensors are gone.
bool is_same(const std::weak_ptr<TensorImpl>& a, const std::weak_ptr<TensorImpl>& b) {
  return !a.owner_before(b) && !b.owner_before(a);
}

}  // namespace

Saved::Saved(const Tensor& tensor) {
  if (!tensor.defined()) return;
  data_ = tensor.detach();
  if (tensor.requires_grad()) input_ = tensor;
  identity_ = tensor.shared_impl();
  version_ = tensor.version();
}

Tensor Saved::get() const {
  if (!data_.defined()) return {};
  Node* node = Node::running();
  require<GradError>(data_.version() == version_,
                     "{}: a tensor of shape {} that was saved for backward has been changed in "
                     "place since (version {}, saved at {}); clone() it before the change",
                     node ? node->name() : "saved", to_string(data_.shape()), data_.version(),
                     version_);
  if (input_.defined()) return input_;
  if (!node) return data_;
  for (size_t i = 0; i < node->outputs().size(); ++i) {
    if (!is_same(identity_, node->outputs()[i].tensor)) continue;
    Tensor output = data_.detach();
    output.impl()->autograd.grad_fn = node->shared_from_this();
    output.impl()->autograd.output_index = i;
    return output;
  }
  return data_;
}

}  // namespace gradus
