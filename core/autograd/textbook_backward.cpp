#include "core/autograd/textbook_backward.hpp"

#include "core/autograd/engine.hpp"

namespace gradus {

Tensors textbook_backward(const std::function<Tensor(const Tensors&)>& textbook,
                          const Tensors& inputs, const Tensor& dy) {
  Tensors wanted;
  for (const Tensor& input : inputs) {
    if (input.requires_grad()) wanted.push_back(input);
  }
  const Tensors gradients = grad({textbook(inputs)}, wanted, {dy}, {.create_graph = true});
  Tensors result(inputs.size());
  size_t next = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].requires_grad()) result[i] = gradients[next++];
  }
  return result;
}

}  // namespace gradus
