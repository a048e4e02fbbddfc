// Convolutions, as deep learning calls cross-correlations: the kernel is not turned round.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/window.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// With groups g, the channels and filters are cut into g parts, and each part of the filters sees
// its part of the channels alone; with as many groups as channels, it is a depthwise convolution.
struct Conv1dOptions {
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
};
struct Conv2dOptions {
  Pair stride = 1, padding = 0, dilation = 1;
  int64_t groups = 1;
};

// y_o = b_o + Σ_c w_oc ⋆ x_c:  x [batch, channels, length],
// weight [filters, channels/groups, kernel], bias [filters] or undefined → [batch, filters, windows];
// the batch may be left out.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Conv1dOptions options = {});

// The same over x [batch, channels, height, width] with weight [filters, channels/groups, kernel
// height, kernel width].
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});

OpInfos convolution_ops();

}  // namespace gradus
