#include "core/autograd/hooks.hpp"

#include "core/autograd/node.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/shape.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

std::shared_ptr<Hooks> hooks_of(const Tensor& tensor) {
  const Edge edge = gradient_edge(tensor);
  std::shared_ptr<Hooks>& hooks = edge.node->hooks(edge.output);
  if (!hooks) hooks = std::make_shared<Hooks>();
  return hooks;
}

}  // namespace

uint64_t Hooks::add(Hook hook) {
  hooks_.emplace_back(next_id_, std::move(hook));
  return next_id_++;
}

void Hooks::remove(uint64_t id) {
  std::erase_if(hooks_, [id](const auto& entry) { return entry.first == id; });
}

Tensor Hooks::run(Tensor gradient) const {
  const auto hooks = hooks_;  // one of them may remove itself
  for (const auto& [id, hook] : hooks) {
    Tensor replacement = hook(gradient);
    if (!replacement.defined()) continue;
    require<GradError>(
        replacement.shape() == gradient.shape() && replacement.dtype() == gradient.dtype(),
        "register_hook: the hook was given {} and returned {}", describe(gradient),
        describe(replacement));
    gradient = std::move(replacement);
  }
  return gradient;
}

// grad ← grad + dy, in memory of its own
void Hooks::keep(const Tensor& gradient) const {
  const std::shared_ptr<TensorImpl> impl = retained_.lock();
  if (!impl) return;
  Tensor& grad = impl->autograd.grad;
  grad = grad.defined() ? grad + gradient : clone(gradient);
}

void HookHandle::remove() const {
  if (const std::shared_ptr<Hooks> hooks = hooks_.lock()) hooks->remove(id_);
}

HookHandle Tensor::register_hook(std::function<Tensor(const Tensor&)> hook) const {
  require<GradError>(requires_grad(),
                     "register_hook: the tensor requires no gradient, so none will arrive");
  const std::shared_ptr<Hooks> hooks = hooks_of(*this);
  return {hooks, hooks->add(std::move(hook))};
}

const Tensor& Tensor::retain_grad() const {
  require<GradError>(requires_grad(), "retain_grad: the tensor requires no gradient");
  if (!is_leaf()) hooks_of(*this)->retain(*this);
  return *this;
}

}  // namespace gradus
