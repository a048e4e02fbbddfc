#include "core/ops/pool.hpp"

#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/product.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

void check_padding(std::string_view op, const Window& w) {
  require<ValueError>(
      2 * w.padding.height <= w.kernel.height && 2 * w.padding.width <= w.kernel.width,
      "{}: padding [{}, {}] is more than half of the kernel [{}, {}]", op, w.padding.height,
      w.padding.width, w.kernel.height, w.kernel.width);
}

// pool(images) for x [(batch,) channels, height, width]
template <class Pool>
Tensor of_images(std::string_view op, const Tensor& x, Pool pool) {
  require<ShapeError>(x.dim() == 3 || x.dim() == 4,
                      "{}: {} must be [batch, channels, height, width], or without the batch", op,
                      x.shape());
  return x.dim() == 4 ? pool(x) : squeeze(pool(unsqueeze(x, 0)), 0);
}

// pool(images) for x [(batch,) channels, length], as images of height 1
template <class Pool>
Tensor of_sequences(std::string_view op, const Tensor& x, Pool pool) {
  require<ShapeError>(x.dim() == 2 || x.dim() == 3,
                      "{}: {} must be [batch, channels, length], or without the batch", op,
                      x.shape());
  return squeeze(of_images(op, unsqueeze(x, -2), pool), -2);
}

// Where the largest element of each window lies in x, which is contiguous: int64 [elements of y]
template <class T>
void find_largest(const Tensor& x, const Window& window, Pair windows, int64_t* at) {
  const int64_t pixels = x.size(2) * x.size(3), count = windows.height * windows.width;
  std::fill_n(at, x.size(0) * x.size(1) * count, -1);
  for (int64_t plane = 0; plane < x.size(0) * x.size(1); ++plane) {
    const T* values = x.data<T>();
    int64_t* const best = at + plane * count;
    for_each_tap(x.shape(), window, windows, [&](int64_t column, int64_t pixel) {
      if (pixel < 0) return;
      const int64_t candidate = plane * pixels + pixel;
      int64_t& place = best[column % count];
      const T value = values[candidate];
      if (place < 0 || value > values[place] || value != value) place = candidate;  // NaN wins
    });
  }
}

// y_w = max_t x_t(w): a choice among the elements of x, and so is its gradient
Tensor max_pool(std::string_view op, const Tensor& x, const Window& window) {
  check_padding(op, window);
  const Pair windows = count_windows(op, x.shape(), window);
  const Shape shape{x.size(0), x.size(1), windows.height, windows.width};
  const Tensor at = empty({numel(shape)}, DType::int64), from = x.detach().contiguous();
  dispatch_floating(op, x.dtype(),
                    [&]<class T>() { find_largest<T>(from, window, windows, at.data<int64_t>()); });
  return reshape(index_select(reshape(x, {-1}), 0, at), shape);
}

// How many elements each of n windows along one direction counts, padding included or not: [n]
Tensor counted_along(int64_t n, int64_t size, int64_t kernel, int64_t stride, int64_t padding,
                     bool with_padding, DType dtype) {
  const int64_t low = with_padding ? -padding : 0, high = with_padding ? size + padding : size;
  std::vector<double> counted(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    const int64_t begin = i * stride - padding;
    counted[static_cast<size_t>(i)] =
        static_cast<double>(std::min(begin + kernel, high) - std::max(begin, low));
  }
  return tensor(counted, {n}, dtype);
}

// y_w = (Σ_t x_t(w)) / counted elements
Tensor avg_pool(std::string_view op, const Tensor& x, const Window& w, bool with_padding) {
  check_padding(op, w);
  const Pair n = count_windows(op, x.shape(), w);
  const Tensor sums =
      sum(reshape(im2col(x, w),
                  {x.size(0), x.size(1), w.kernel.height * w.kernel.width, n.height, n.width}),
          2);
  const Tensor rows = counted_along(n.height, x.size(2), w.kernel.height, w.stride.height,
                                    w.padding.height, with_padding, x.dtype());
  const Tensor columns = counted_along(n.width, x.size(3), w.kernel.width, w.stride.width,
                                       w.padding.width, with_padding, x.dtype());
  return sums / outer(rows, columns);
}

Samples max_pool1d_samples() {
  return {{"side by side",
           {sample_normal({2, 2, 4})},
           [](const Tensors& in) { return max_pool1d(in[0], 2); }},
          {"overlapping, padded",
           {sample_normal({1, 2, 5})},
           [](const Tensors& in) { return max_pool1d(in[0], 3, {.stride = 2, .padding = 1}); }},
          {"dilated, beyond the end", {sample_normal({2, 6})}, [](const Tensors& in) {
             return max_pool1d(in[0], 2, {.dilation = 2, .ceil_mode = true});
           }}};
}

Samples max_pool2d_samples() {
  return {{"side by side",
           {sample_normal({1, 2, 4, 2})},
           [](const Tensors& in) { return max_pool2d(in[0], 2); }},
          {"overlapping, padded", {sample_normal({2, 1, 3, 4})}, [](const Tensors& in) {
             return max_pool2d(in[0], {2, 3}, {.stride = Pair(1, 2), .padding = {0, 1}});
           }}};
}

Samples avg_pool1d_samples() {
  return {{"side by side",
           {sample_normal({2, 2, 4})},
           [](const Tensors& in) { return avg_pool1d(in[0], 2); }},
          {"overlapping, padded",
           {sample_normal({1, 2, 5})},
           [](const Tensors& in) { return avg_pool1d(in[0], 3, {.stride = 2, .padding = 1}); }},
          {"beyond the end, padding not counted", {sample_normal({2, 6})}, [](const Tensors& in) {
             return avg_pool1d(
                 in[0], 4,
                 {.stride = 3, .padding = 1, .ceil_mode = true, .count_include_pad = false});
           }}};
}

Samples avg_pool2d_samples() {
  return {{"side by side",
           {sample_normal({1, 2, 4, 2})},
           [](const Tensors& in) { return avg_pool2d(in[0], 2); }},
          {"overlapping, padded", {sample_normal({2, 1, 3, 4})}, [](const Tensors& in) {
             return avg_pool2d(in[0], {2, 3}, {.stride = Pair(1, 2), .padding = {0, 1}});
           }}};
}

}  // namespace

Tensor max_pool1d(const Tensor& x, int64_t kernel, const MaxPool1dOptions& options) {
  const Window window{.kernel = {1, kernel},
                      .stride = {1, options.stride.value_or(kernel)},
                      .padding = {0, options.padding},
                      .dilation = {1, options.dilation},
                      .ceil = options.ceil_mode};
  return of_sequences("max_pool1d", x,
                      [&](const Tensor& images) { return max_pool("max_pool1d", images, window); });
}

Tensor max_pool2d(const Tensor& x, Pair kernel, const MaxPool2dOptions& options) {
  const Window window{.kernel = kernel,
                      .stride = options.stride.value_or(kernel),
                      .padding = options.padding,
                      .dilation = options.dilation,
                      .ceil = options.ceil_mode};
  return of_images("max_pool2d", x,
                   [&](const Tensor& images) { return max_pool("max_pool2d", images, window); });
}

Tensor avg_pool1d(const Tensor& x, int64_t kernel, const AvgPool1dOptions& options) {
  const Window window{.kernel = {1, kernel},
                      .stride = {1, options.stride.value_or(kernel)},
                      .padding = {0, options.padding},
                      .ceil = options.ceil_mode};
  return of_sequences("avg_pool1d", x, [&](const Tensor& images) {
    return avg_pool("avg_pool1d", images, window, options.count_include_pad);
  });
}

Tensor avg_pool2d(const Tensor& x, Pair kernel, const AvgPool2dOptions& options) {
  const Window window{.kernel = kernel,
                      .stride = options.stride.value_or(kernel),
                      .padding = options.padding,
                      .ceil = options.ceil_mode};
  return of_images("avg_pool2d", x, [&](const Tensor& images) {
    return avg_pool("avg_pool2d", images, window, options.count_include_pad);
  });
}

OpInfos pool_ops() {
  return {OpInfo{"max_pool1d", max_pool1d_samples}, OpInfo{"max_pool2d", max_pool2d_samples},
          OpInfo{"avg_pool1d", avg_pool1d_samples}, OpInfo{"avg_pool2d", avg_pool2d_samples}};
}

}  // namespace gradus
