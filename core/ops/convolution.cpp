#include "core/ops/convolution.hpp"

#include "core/ops/elementwise.hpp"
#include "core/ops/matmul.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

void check_convolution(std::string_view op, const Tensor& x, const Tensor& weight,
                       const Tensor& bias, int64_t groups, int64_t dims) {
  require<ShapeError>(x.dim() == dims && weight.dim() == dims,
                      "{}: input {} and weight {} must have {} dimensions", op, x.shape(),
                      weight.shape(), dims);
  require<ValueError>(groups > 0 && x.size(1) % groups == 0 && weight.size(0) % groups == 0,
                      "{}: {} groups do not divide {} channels and {} filters", op, groups,
                      x.size(1), weight.size(0));
  require<ShapeError>(weight.size(1) == x.size(1) / groups,
                      "{}: weight {} sees {} channels, but input {} has {} in each of {} groups",
                      op, weight.shape(), weight.size(1), x.shape(), x.size(1) / groups, groups);
  require_same_dtype(op, x.dtype(), weight.dtype());
  if (bias.defined()) {
    require<ShapeError>(bias.shape() == Shape{weight.size(0)}, "{}: bias {} must have shape [{}]",
                        op, bias.shape(), weight.size(0));
    require_same_dtype(op, x.dtype(), bias.dtype());
  }
}

// Y = W·im2col(X) + b, for each image of the batch and each group
Tensor convolve(std::string_view op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const Conv2dOptions& options) {
  const Window window{.kernel = {weight.size(2), weight.size(3)},
                      .stride = options.stride,
                      .padding = options.padding,
                      .dilation = options.dilation};
  const Pair windows = count_windows(op, x.shape(), window);
  const int64_t batch = x.size(0), groups = options.groups, filters = weight.size(0);
  const int64_t inner = weight.size(1) * weight.size(2) * weight.size(3);  // taps of a filter
  const Tensor columns =
      reshape(im2col(x, window), {batch, groups, inner, windows.height * windows.width});
  const Tensor kernels = reshape(weight, {groups, filters / groups, inner});
  const Tensor y = reshape(matmul(kernels, columns),  // [batch, groups, filters/groups, windows]
                           {batch, filters, windows.height, windows.width});
  return bias.defined() ? y + reshape(bias, {filters, 1, 1}) : y;
}

Samples conv1d_samples() {
  const Tensors inputs{sample_normal({2, 2, 5}), sample_normal({2, 2, 3}, 1),
                       sample_normal({2}, 2)};
  const Tensors depthwise{sample_normal({1, 2, 4}), sample_normal({4, 1, 2}, 1)};
  return {{"plain", inputs, [](const Tensors& in) { return conv1d(in[0], in[1], in[2]); }},
          {"stride, padding, dilation", inputs,
           [](const Tensors& in) {
             return conv1d(in[0], in[1], in[2], {.stride = 2, .padding = 2, .dilation = 2});
           }},
          {"depthwise", depthwise,
           [](const Tensors& in) { return conv1d(in[0], in[1], {}, {.groups = 2}); }}};
}

Samples conv2d_samples() {
  const Tensors inputs{sample_normal({2, 2, 3, 3}), sample_normal({2, 2, 2, 2}, 1),
                       sample_normal({2}, 2)};
  const Tensors grouped{sample_normal({1, 4, 2, 3}), sample_normal({2, 2, 1, 2}, 1)};
  return {{"plain", inputs, [](const Tensors& in) { return conv2d(in[0], in[1], in[2]); }},
          {"stride, padding, dilation", inputs,
           [](const Tensors& in) {
             return conv2d(in[0], in[1], in[2],
                           {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}});
           }},
          {"groups", grouped,
           [](const Tensors& in) { return conv2d(in[0], in[1], {}, {.groups = 2}); }}};
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv1dOptions options) {
  if (x.dim() == 2 && weight.dim() == 3)
    return squeeze(conv1d(unsqueeze(x, 0), weight, bias, options), 0);
  check_convolution("conv1d", x, weight, bias, options.groups, 3);
  const Conv2dOptions flat{.stride = {1, options.stride},
                           .padding = {0, options.padding},
                           .dilation = {1, options.dilation},
                           .groups = options.groups};
  return squeeze(convolve("conv1d", unsqueeze(x, 2), unsqueeze(weight, 2), bias, flat), 2);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options) {
  if (x.dim() == 3 && weight.dim() == 4)
    return squeeze(conv2d(unsqueeze(x, 0), weight, bias, options), 0);
  check_convolution("conv2d", x, weight, bias, options.groups, 4);
  return convolve("conv2d", x, weight, bias, options);
}

OpInfos convolution_ops() {
  return {OpInfo{"conv1d", &conv1d_samples}, OpInfo{"conv2d", &conv2d_samples}};
}

}  // namespace gradus
