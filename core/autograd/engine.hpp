// Reverse mode: walks the graph from results to leaves and multiplies the cotangents by each
// operation's Jacobian on the way.
#pragma once

#include "core/tensor/tensor.hpp"

namespace gradus {

struct BackwardOptions {
  bool retain_graph = false;  // keep what operations saved, for another backward
  bool create_graph = false;  // record the backward itself, to differentiate it again
  bool allow_unused = false;  // of grad(): undefined for an input that the outputs do not depend on
};

// Adds Σ_k gradients[k]ᵀ · d outputs[k] / d leaf to the grad() of every leaf below. A gradient may be
// undefined (or the list empty) where the output has one element: it is 1 then.
// Throws GradError if an output requires no gradient, ShapeError if a gradient does not fit.
void backward(const Tensors& outputs, const Tensors& gradients = {}, BackwardOptions options = {});

// The same sums for the given inputs alone, returned and not accumulated. create_graph implies
// retain_graph. Throws GradError for an input that was not used, unless allowed.
Tensors grad(const Tensors& outputs, const Tensors& inputs, const Tensors& gradients = {},
             BackwardOptions options = {});

}  // namespace gradus
