// Is a gradient right? Compares the Jacobian that backward gives, one row for each element of the
// output, with central differences, one column for each element of the inputs:
//   ∂f_i/∂x_j ≈ (f_i(x + h·e_j) − f_i(x − h·e_j)) / 2h
// in float64. Every element decides, an average never. It fails on NaN and infinity, when nothing
// was compared, and when both Jacobians vanish, unless the caller says that they do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace gradus {

struct GradcheckOptions {
  double eps = 1e-6;   // h
  double atol = 1e-5;  // an element passes if |analytic − numeric| ≤ atol + rtol·|numeric|
  double rtol = 1e-3;
  bool zero_gradient = false;  // the gradient is known to vanish everywhere
};

// For functions that are smooth around their inputs. At h = 1e-6 a central difference of values of
// size 1 is off by about 1e-10, by rounding; what is left, up to 1e-8, is room for larger values.
inline constexpr GradcheckOptions kStrict{.atol = 1e-8, .rtol = 1e-6};

// ∂ output[output] / ∂ inputs[input][element], both counted row by row.
struct JacobianElement {
  size_t input = 0;
  int64_t output = 0, element = 0;
  double analytic = 0, numeric = 0;
  double error() const;           // |analytic − numeric|
  double relative_error() const;  // the same as a part of |numeric|
};
std::string to_string(const JacobianElement& element);

struct GradcheckReport {
  bool passed = false;
  int64_t compared = 0;           // elements of the Jacobian
  double max_error = 0;           // the largest |analytic − numeric|
  double max_relative_error = 0;  // and the largest of it over max(|numeric|, 1)
  std::string failure;            // what is wrong; empty if passed
  std::optional<JacobianElement>
      culprit;  // of the failing elements, the one with the largest error
};

using TensorFunction = std::function<Tensor(const Tensors&)>;

// Inputs must be float64; all are differentiated. They are not changed.
GradcheckReport gradcheck(const TensorFunction& f, const Tensors& inputs,
                          GradcheckOptions options = {});

// The same for the gradient itself, as a function of the inputs and the cotangent.
GradcheckReport gradgradcheck(const TensorFunction& f, const Tensors& inputs,
                              GradcheckOptions options = {});

// For whole blocks and models, whose Jacobian is too large: along one random unit direction u for
// each input and v for the output it compares two numbers,
//   ⟨∂⟨v, f⟩/∂x, u⟩   and   (⟨v, f(x + h·u)⟩ − ⟨v, f(x − h·u)⟩) / 2h.
// One wrong element shows in them by its error times u_j·v_i, so atol shrinks by √(elements of u ·
// elements of v). Where they differ, gradcheck() of that input alone names the element.
GradcheckReport fast_gradcheck(const TensorFunction& f, const Tensors& inputs,
                               GradcheckOptions options = {});

// The same for leaves that f reads without being given them, such as the parameters of a model. They
// are changed while the check runs, and are as before when it returns.
GradcheckReport fast_gradcheck(const std::function<Tensor()>& f, const Tensors& leaves,
                               GradcheckOptions options = {});

// The parts of which these checks are made.
// The Jacobian of f with respect to one input: [elements of the output][elements of the input].
using Jacobian = std::vector<std::vector<double>>;

// One for each input, by one backward for each element of the output. The inputs must be leaves
// that require a gradient. Empty Jacobians if the output depends on none.
std::vector<Jacobian> analytic_jacobians(const TensorFunction& f, const Tensors& leaves);

// One for each input, by central differences.
std::vector<Jacobian> numeric_jacobians(const TensorFunction& f, const Tensors& leaves, double eps);

GradcheckReport compare_jacobians(const std::vector<Jacobian>& analytic,
                                  const std::vector<Jacobian>& numeric, GradcheckOptions options);

// Contiguous copies of float64 tensors that require a gradient.
Tensors as_leaves(const Tensors& inputs);

}  // namespace gradus
