// Pooling: one number for each window of an image, or of a sequence.
#pragma once

#include <optional>

#include "core/autograd/samples.hpp"
#include "core/ops/window.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Without a stride, windows stand side by side. Padding is at most half of the kernel.
struct Pool1dOptions {
  std::optional<int64_t> stride{};
  int64_t padding = 0;
};
struct Pool2dOptions {
  std::optional<Pair> stride{};
  Pair padding = 0;
};

// The largest element of each window, the first where several are equal; padding counts as −∞:
// x [batch, channels, length] → [batch, channels, windows], and the same for images.
Tensor max_pool1d(const Tensor& x, int64_t kernel, Pool1dOptions options = {});
Tensor max_pool2d(const Tensor& x, Pair kernel, const Pool2dOptions& options = {});

// The mean of each window; padding counts as 0.
Tensor avg_pool1d(const Tensor& x, int64_t kernel, Pool1dOptions options = {});
Tensor avg_pool2d(const Tensor& x, Pair kernel, const Pool2dOptions& options = {});

OpInfos pool_ops();

}  // namespace gradus
