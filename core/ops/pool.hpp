// Pooling: one number for each window of an image, or of a sequence.
#pragma once

#include <optional>

#include "core/autograd/samples.hpp"
#include "core/ops/window.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Without a stride, windows stand side by side. Padding is at most half of the kernel. With
// ceil_mode, a last window may end beyond the padding.
struct MaxPool1dOptions {
  std::optional<int64_t> stride{};
  int64_t padding = 0, dilation = 1;
  bool ceil_mode = false;
};
struct MaxPool2dOptions {
  std::optional<Pair> stride{};
  Pair padding = 0, dilation = 1;
  bool ceil_mode = false;
};
struct AvgPool1dOptions {
  std::optional<int64_t> stride{};
  int64_t padding = 0;
  bool ceil_mode = false, count_include_pad = true;
};
struct AvgPool2dOptions {
  std::optional<Pair> stride{};
  Pair padding = 0;
  bool ceil_mode = false, count_include_pad = true;
};

// The largest element of each window, the first where several are equal; padding counts as −∞:
// x [batch, channels, length] → [batch, channels, windows], and the same for images; the batch may
// be left out.
Tensor max_pool1d(const Tensor& x, int64_t kernel, const MaxPool1dOptions& options = {});
Tensor max_pool2d(const Tensor& x, Pair kernel, const MaxPool2dOptions& options = {});

// The mean of each window; padding counts as 0, or with count_include_pad false not at all.
Tensor avg_pool1d(const Tensor& x, int64_t kernel, const AvgPool1dOptions& options = {});
Tensor avg_pool2d(const Tensor& x, Pair kernel, const AvgPool2dOptions& options = {});

OpInfos pool_ops();

}  // namespace gradus
