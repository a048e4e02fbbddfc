#include "core/ops/window.hpp"

#include "core/autograd/apply.hpp"
#include "core/kernels/parallel.hpp"

namespace gradus {
namespace {

int64_t count_along(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                    bool ceil) {
  const int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
  if (room < 0) return 0;
  const int64_t whole = room / stride + 1;
  return whole + (ceil && room % stride != 0 && whole * stride < size + padding);
}

Shape columns_shape(std::string_view op, const Shape& image, const Window& window) {
  const Pair windows = count_windows(op, image, window);
  return {image[0], image[1] * window.kernel.height * window.kernel.width,
          windows.height * windows.width};
}

// Calls f(plane) for each [height, width] of a batch of images, in parallel.
template <class F>
void for_each_plane(const Shape& image, int64_t taps, F f) {
  constexpr int64_t kGrain = 1 << 14;  // taps worth a thread
  parallel_for(image[0] * image[1], std::max<int64_t>(1, kGrain / std::max<int64_t>(taps, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t plane = begin; plane < end; ++plane) f(plane);
               });
}

// column_t,w = pixel at tap t of window w, or 0 in the padding;   dpixel = Σ dcolumn over its taps
struct Im2Col {
  static constexpr std::string_view name = "im2col";
  Window window{};
  Shape image{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous();
    image = x.shape();
    const Tensor columns = empty(columns_shape(name, image, window), x.dtype());
    const Pair windows = count_windows(name, image, window);
    const int64_t pixels = image[2] * image[3];
    const int64_t taps = window.kernel.height * window.kernel.width * columns.size(2);
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      for_each_plane(image, taps, [&](int64_t plane) {
        const T* from = x.data<T>() + plane * pixels;
        T* to = columns.data<T>() + plane * taps;
        for_each_tap(image, window, windows, [=](int64_t column, int64_t pixel) {
          to[column] = pixel < 0 ? T{0} : from[pixel];
        });
      });
    });
    return columns;
  }
  Tensors backward(const Tensor& dcolumns) const { return {col2im(dcolumns, image, window)}; }
  static Samples samples() {
    const auto with = [](const Window& w) {
      return [=](const Tensors& in) { return im2col(in[0], w); };
    };
    return {{"overlapping", {sample_normal({2, 1, 3, 3})}, with({.kernel = 2})},
            {"stride, padding, dilation",
             {sample_normal({1, 2, 3, 4})},
             with({.kernel = {2, 3}, .stride = {2, 1}, .padding = 1, .dilation = {2, 1}})}};
  }
};

// pixel = Σ column over its taps;   dcolumn_t,w = dpixel at tap t of window w
struct Col2Im {
  static constexpr std::string_view name = "col2im";
  Shape image{};
  Window window{};
  Tensor forward(const Tensor& input) {
    const Tensor columns = input.contiguous();
    const Tensor x = zeros(image, columns.dtype());
    const Pair windows = count_windows(name, image, window);
    const int64_t pixels = image[2] * image[3];
    const int64_t taps = window.kernel.height * window.kernel.width * columns.size(2);
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      for_each_plane(image, taps, [&](int64_t plane) {
        const T* from = columns.data<T>() + plane * taps;
        T* to = x.data<T>() + plane * pixels;
        for_each_tap(image, window, windows, [=](int64_t column, int64_t pixel) {
          if (pixel >= 0) to[pixel] += from[column];
        });
      });
    });
    return x;
  }
  Tensors backward(const Tensor& dx) const { return {im2col(dx, window)}; }
  static Samples samples() {
    return {{"overlapping",
             {sample_normal({2, 4, 4})},
             [](const Tensors& in) {
               return col2im(in[0], {2, 1, 3, 3}, {.kernel = 2});
             }},
            {"padding", {sample_normal({1, 4, 4})}, [](const Tensors& in) {
               return col2im(in[0], {1, 2, 2, 3},
                             {.kernel = {1, 2}, .stride = {2, 1}, .padding = {1, 0}});
             }}};
  }
};

}  // namespace

Pair count_windows(std::string_view op, const Shape& image, const Window& w) {
  require<ShapeError>(image.size() == 4, "{}: {} must be [batch, channels, height, width]", op,
                      image);
  require<ValueError>(w.kernel.height > 0 && w.kernel.width > 0 && w.stride.height > 0 &&
                          w.stride.width > 0 && w.dilation.height > 0 && w.dilation.width > 0 &&
                          w.padding.height >= 0 && w.padding.width >= 0,
                      "{}: kernel, stride and dilation must be positive, padding not negative", op);
  const Pair count(count_along(image[2], w.kernel.height, w.stride.height, w.padding.height,
                               w.dilation.height, w.ceil),
                   count_along(image[3], w.kernel.width, w.stride.width, w.padding.width,
                               w.dilation.width, w.ceil));
  require<ShapeError>(count.height > 0 && count.width > 0,
                      "{}: a kernel of [{}, {}] does not fit into an image of [{}, {}]", op,
                      w.kernel.height, w.kernel.width, image[2], image[3]);
  return count;
}

Tensor im2col(const Tensor& x, const Window& window) { return apply(Im2Col{window}, x); }

Tensor col2im(const Tensor& columns, const Shape& image, const Window& window) {
  const Shape expected = columns_shape(Col2Im::name, image, window);
  require<ShapeError>(columns.shape() == expected,
                      "col2im: columns {} must be {} to make the image {}", columns.shape(),
                      expected, image);
  return apply(Col2Im{image, window}, columns);
}

OpInfos window_ops() { return {op_info<Im2Col>(), op_info<Col2Im>()}; }

}  // namespace gradus
