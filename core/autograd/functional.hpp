// Derivatives of functions, as torch.autograd.functional has them. A function takes and returns
// lists of tensors; nothing is added to anyone's grad(). What does not depend on an input has the
// derivative 0. With create_graph the result can be differentiated again, with respect to the given
// inputs as well.
#pragma once

#include <functional>

#include "core/tensor/tensor.hpp"

namespace gradus {

using ListFunction = std::function<Tensors(const Tensors&)>;
using ScalarFunction = std::function<Tensor(const Tensors&)>;

struct FunctionProduct {
  Tensors outputs;  // f(inputs)
  Tensors product;
};

// vᵀJ: for each input j, Σ_i v_i · ∂f_i/∂x_j, of the shape of x_j; one backward. v has the shapes of
// the outputs, and may be left out for a single output of one element.
FunctionProduct vjp(const ListFunction& f, const Tensors& inputs, const Tensors& v = {},
                    bool create_graph = false);

// Jv: for each output i, Σ_j ∂f_i/∂x_j · v_j, of the shape of f_i. v has the shapes of the inputs, and
// may be left out for a single input of one element. Two backwards: vjp is linear in its cotangent,
// and the gradient of uᵀJ with respect to u is J.
FunctionProduct jvp(const ListFunction& f, const Tensors& inputs, const Tensors& v = {},
                    bool create_graph = false);

// ∂f_i/∂x_j at [i][j], of shape (shape of f_i) + (shape of x_j). One backward an element of f.
std::vector<Tensors> jacobian(const ListFunction& f, const Tensors& inputs,
                              bool create_graph = false);

// ∂²f/∂x_i∂x_j at [i][j], of shape (shape of x_i) + (shape of x_j); f must return one element.
std::vector<Tensors> hessian(const ScalarFunction& f, const Tensors& inputs,
                             bool create_graph = false);

}  // namespace gradus
