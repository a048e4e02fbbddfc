#include "core/autograd/saved.hpp"

#include <utility>

#include "core/autograd/node.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

thread_local SavedElsewhere* elsewhere = nullptr;

// Holds even when both tensors are gone.
bool is_same(const std::weak_ptr<TensorImpl>& a, const std::weak_ptr<TensorImpl>& b) {
  return !a.owner_before(b) && !b.owner_before(a);
}

// The memory of `data` at the place in the graph where `place` stands.
Tensor at_place(const Tensor& data, const Tensor& place) {
  Tensor result = data.detach();
  result.impl()->autograd.grad_fn = place.grad_fn();
  result.impl()->autograd.output_index = place.impl()->autograd.output_index;
  return result;
}

}  // namespace

Saved::Saved(const Tensor& tensor) {
  if (!tensor.defined()) return;
  const bool is_variable = tensor.is_leaf() && tensor.requires_grad();
  data_ = is_variable ? tensor : at_place(tensor, tensor);
  identity_ = tensor.shared_impl();
  version_ = tensor.version();
  if (is_variable || !elsewhere) return;
  if (std::function<Tensor()> fetch = SavedElsewhere::take(tensor)) {
    fetch_ = std::make_shared<std::function<Tensor()>>(std::move(fetch));
    data_.impl()->storage.reset();
  }
}

Tensor Saved::get() const {
  if (!data_.defined()) return {};
  const Tensor data = fetch_ ? at_place((*fetch_)(), data_) : data_;
  Node* node = Node::running();
  require<GradError>(fetch_ || data.version() == version_,
                     "{}: a tensor of shape {} that was saved for backward has been changed in "
                     "place since (version {}, saved at {}); clone() it before the change",
                     node ? node->name() : "saved", data.shape(), data.version(), version_);
  if (!node || data.requires_grad()) return data;
  for (size_t i = 0; i < node->outputs().size(); ++i) {
    if (!is_same(identity_, node->outputs()[i].tensor)) continue;
    Tensor output = data.detach();
    output.impl()->autograd.grad_fn = node->shared_from_this();
    output.impl()->autograd.output_index = i;
    return output;
  }
  return data;
}

SavedElsewhere::SavedElsewhere(Keep keep)
    : keep_(std::move(keep)), previous_(std::exchange(elsewhere, this)) {}
SavedElsewhere::~SavedElsewhere() { elsewhere = previous_; }

// What `keep` itself saves stays where it is.
std::function<Tensor()> SavedElsewhere::take(const Tensor& tensor) {
  SavedElsewhere* const innermost = std::exchange(elsewhere, nullptr);
  if (!innermost) return {};
  std::function<Tensor()> fetch = innermost->keep_(tensor);
  elsewhere = innermost;
  return fetch;
}

}  // namespace gradus
