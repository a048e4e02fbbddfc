// Windows that slide over images: what convolution and pooling have in common. im2col lays the
// windows beside each other as columns, so that a convolution becomes a matrix product; col2im adds
// them up again, and each is the backward of the other.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// A number for each of both directions. One number stands for two equal ones.
struct Pair {
  int64_t height = 1, width = 1;
  Pair(int64_t both) : height(both), width(both) {}  // implicit: {.stride = 2}
  Pair(int64_t h, int64_t w) : height(h), width(w) {}
};

struct Window {
  Pair kernel = 1;
  Pair stride = 1;
  Pair padding = 0;   // on each side
  Pair dilation = 1;  // from one tap of the kernel to the next
  bool ceil = false;  // whether a last window may begin in the image and end beyond its padding
};

// How many windows fit into an image of [..., height, width]. Throws ShapeError that names `op` if
// there is none, ValueError for a window that is none.
Pair count_windows(std::string_view op, const Shape& image, const Window& window);

// x [batch, channels, height, width] → [batch, channels·taps, windows], 0 where a tap lies in the
// padding. As torch.nn.functional.unfold.
Tensor im2col(const Tensor& x, const Window& window);

// Adds each column to its place in a zero image of shape [batch, channels, height, width]. As
// torch.nn.functional.fold.
Tensor col2im(const Tensor& columns, const Shape& image, const Window& window);

// Calls visit(column, pixel) for every tap of every window over one plane: column counts
// [taps, windows], pixel counts [height, width] and is −1 outside the image.
template <class Visit>
void for_each_tap(const Shape& image, const Window& w, Pair windows, Visit visit) {
  const int64_t height = image[image.size() - 2], width = image.back();
  int64_t column = 0;
  for (int64_t tap = 0; tap < w.kernel.height * w.kernel.width; ++tap) {
    const int64_t top = tap / w.kernel.width * w.dilation.height - w.padding.height;
    const int64_t left = tap % w.kernel.width * w.dilation.width - w.padding.width;
    for (int64_t i = 0; i < windows.height; ++i) {
      const int64_t y = top + i * w.stride.height;
      for (int64_t j = 0; j < windows.width; ++j) {
        const int64_t x = left + j * w.stride.width;
        const bool inside = y >= 0 && y < height && x >= 0 && x < width;
        visit(column++, inside ? y * width + x : -1);
      }
    }
  }
}

OpInfos window_ops();

}  // namespace gradus
