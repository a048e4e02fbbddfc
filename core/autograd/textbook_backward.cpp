#include "core/autograd/textbook_backward.hpp"

#include "core/autograd/engine.hpp"
#include "core/ops/shape.hpp"

namespace gradus {

Tensors textbook_backward(const std::function<Tensor(const Tensors&)>& textbook,
                          const Tensors& inputs, const Tensor& dy) {
  // a view of each: where two inputs are one tensor, or one was computed from another, the gradients
  // of both stay apart
  Tensors points, wanted;
  for (const Tensor& input : inputs) {
    points.push_back(input.requires_grad() ? view(input, input.shape()) : input);
    if (input.requires_grad()) wanted.push_back(points.back());
  }
  const Tensors gradients = grad({textbook(points)}, wanted, {dy}, {.create_graph = true});
  Tensors result(inputs.size());
  size_t next = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].requires_grad()) result[i] = gradients[next++];
  }
  return result;
}

}  // namespace gradus
