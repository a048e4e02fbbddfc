// Is a gradient right? Compares the Jacobian that backward gives, one row for each element of the
// output, with central differences, one column for each element of the inputs:
//   ∂f_i/∂x_j ≈ (f_i(x + h·e_j) − f_i(x − h·e_j)) / 2h
// in float64. Every element decides, an average never. It fails on NaN, when nothing was
// compared, and when both Jacobians vanish, unless the caller says that they do.
#pragma once

#include <functional>
#include <string>

#include "core/tensor/tensor.hpp"

namespace gradus {

struct GradcheckOptions {
  double eps = 1e-6;   // h
  double atol = 1e-5;  // an element passes if |analytic − numeric| ≤ atol + rtol·|numeric|
  double rtol = 1e-3;
  bool zero_gradient = false;  // the gradient is known to vanish everywhere
};

struct GradcheckReport {
  bool passed = false;
  int64_t compared = 0;  // elements of the Jacobian
  double max_error = 0;  // the largest |analytic − numeric|
  std::string failure;   // what is wrong with which element; empty if passed
};

using TensorFunction = std::function<Tensor(const Tensors&)>;

// Inputs must be float64; all are differentiated. They are not changed.
GradcheckReport gradcheck(const TensorFunction& f, const Tensors& inputs,
                          GradcheckOptions options = {});

// The same for the gradient itself, as a function of the inputs and the cotangent.
GradcheckReport gradgradcheck(const TensorFunction& f, const Tensors& inputs,
                              GradcheckOptions options = {});

}  // namespace gradus
