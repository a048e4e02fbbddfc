// How a fused operation is differentiated twice: when its backward is itself recorded, it hands over
// to the textbook form, whose primitive operations have gradients of every order.
#pragma once

#include <functional>

#include "core/tensor/tensor.hpp"

namespace gradus {

// The gradients of textbook(inputs) for the cotangent dy, recorded. An input that is undefined or
// needs no gradient gets an undefined one.
Tensors textbook_backward(const std::function<Tensor(const Tensors&)>& textbook,
                          const Tensors& inputs, const Tensor& dy);

}  // namespace gradus
