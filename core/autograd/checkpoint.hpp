// Activation checkpointing (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): what
// the operations inside f save for backward is dropped after the forward, and computed again, by
// a second call of f, when backward first asks for some of it.
//   for (const Layer& layer : layers) x = checkpoint(layer, x);   // keeps only every layer's input
#pragma once

#include <functional>

#include "core/autograd/functional.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// f(inputs), with gradients equal to the plain call's bit for bit: also those of parameters that f
// captures, of the gradient's gradient, and with dropout, as the second call starts from
// the same state of default_generator(). f must do the same both times: GradError if it saves other
// tensors. A generator or statistics of its own that f updates are updated twice. May be nested.
// (torch.utils.checkpoint, use_reentrant=False)
Tensors checkpoint(const ListFunction& f, const Tensors& inputs);
Tensor checkpoint(const std::function<Tensor(const Tensor&)>& f, const Tensor& input);

}  // namespace gradus
