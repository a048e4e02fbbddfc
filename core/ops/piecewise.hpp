// Functions with kinks, element by element. At a kink the gradient is that of PyTorch: one of the
// slopes beside it, or their mean.
#pragma once

#include <optional>

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor abs(const Tensor& x);   // |x|; slope 0 at 0
Tensor sign(const Tensor& x);  // −1, 0 or 1; its gradient is 0

Tensor relu(const Tensor& x);  // max(x, 0); slope 0 at 0
// x for x > 0, else negative_slope·x
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);

// min(max(x, low), high); a bound may be left out, but not both (ValueError). Slope 1 at a bound.
Tensor clamp(const Tensor& x, std::optional<double> low, std::optional<double> high = {});

// The smaller and the larger of two, NaN if one is. Equal elements get half of the gradient each.
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, const Tensor& b);

OpInfos piecewise_ops();

}  // namespace gradus
