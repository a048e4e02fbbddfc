#include "core/ops/pool.hpp"

#include "core/ops/index.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

Window window_of(std::string_view op, Pair kernel, const Pool2dOptions& options) {
  require<ValueError>(
      2 * options.padding.height <= kernel.height && 2 * options.padding.width <= kernel.width,
      "{}: padding [{}, {}] is more than half of the kernel [{}, {}]", op, options.padding.height,
      options.padding.width, kernel.height, kernel.width);
  return {.kernel = kernel, .stride = options.stride.value_or(kernel), .padding = options.padding};
}

Pool2dOptions flat(const Pool1dOptions& options, int64_t kernel) {
  return {.stride = Pair(1, options.stride.value_or(kernel)), .padding = {0, options.padding}};
}

// A sequence as an image of height 1.
Tensor as_image(std::string_view op, const Tensor& x) {
  require<ShapeError>(x.dim() == 3, "{}: {} must be [batch, channels, length]", op,
                      to_string(x.shape()));
  return unsqueeze(x, 2);
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
Tensor max_pool(std::string_view op, const Tensor& x, Pair kernel, const Pool2dOptions& options) {
  const Window window = window_of(op, kernel, options);
  const Pair windows = count_windows(op, x.shape(), window);
  const Shape shape{x.size(0), x.size(1), windows.height, windows.width};
  const Tensor at = empty({numel(shape)}, DType::int64), from = x.detach().contiguous();
  dispatch_floating(op, x.dtype(),
                    [&]<class T>() { find_largest<T>(from, window, windows, at.data<int64_t>()); });
  return reshape(index_select(reshape(x, {-1}), 0, at), shape);
}

// y_w = (Σ_t x_t(w)) / taps
Tensor avg_pool(std::string_view op, const Tensor& x, Pair kernel, const Pool2dOptions& options) {
  const Window window = window_of(op, kernel, options);
  const Pair windows = count_windows(op, x.shape(), window);
  const Tensor columns =
      reshape(im2col(x, window),
              {x.size(0), x.size(1), kernel.height * kernel.width, windows.height, windows.width});
  return mean(columns, {2});
}

using Pool = Tensor(std::string_view, const Tensor&, Pair, const Pool2dOptions&);

Samples samples_1d(std::string_view op, Pool* pool) {
  const auto with = [=](int64_t kernel, Pool1dOptions options) {
    return [=](const Tensors& in) {
      return squeeze(pool(op, as_image(op, in[0]), {1, kernel}, flat(options, kernel)), 2);
    };
  };
  return {
      {"side by side", {sample_normal({2, 2, 4})}, with(2, {})},
      {"overlapping, padded", {sample_normal({1, 2, 5})}, with(3, {.stride = 2, .padding = 1})}};
}

Samples samples_2d(std::string_view op, Pool* pool) {
  const auto with = [=](Pair kernel, const Pool2dOptions& options) {
    return [=](const Tensors& in) { return pool(op, in[0], kernel, options); };
  };
  return {{"side by side", {sample_normal({1, 2, 4, 2})}, with(2, {})},
          {"overlapping, padded",
           {sample_normal({2, 1, 3, 4})},
           with({2, 3}, {.stride = Pair(1, 2), .padding = {0, 1}})}};
}

}  // namespace

Tensor max_pool1d(const Tensor& x, int64_t kernel, Pool1dOptions options) {
  return squeeze(
      max_pool("max_pool1d", as_image("max_pool1d", x), {1, kernel}, flat(options, kernel)), 2);
}
Tensor max_pool2d(const Tensor& x, Pair kernel, const Pool2dOptions& options) {
  return max_pool("max_pool2d", x, kernel, options);
}
Tensor avg_pool1d(const Tensor& x, int64_t kernel, Pool1dOptions options) {
  return squeeze(
      avg_pool("avg_pool1d", as_image("avg_pool1d", x), {1, kernel}, flat(options, kernel)), 2);
}
Tensor avg_pool2d(const Tensor& x, Pair kernel, const Pool2dOptions& options) {
  return avg_pool("avg_pool2d", x, kernel, options);
}

OpInfos pool_ops() {
  return {OpInfo{"max_pool1d", [] { return samples_1d("max_pool1d", max_pool); }},
          OpInfo{"max_pool2d", [] { return samples_2d("max_pool2d", max_pool); }},
          OpInfo{"avg_pool1d", [] { return samples_1d("avg_pool1d", avg_pool); }},
          OpInfo{"avg_pool2d", [] { return samples_2d("avg_pool2d", avg_pool); }}};
}

}  // namespace gradus
