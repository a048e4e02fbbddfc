#include "core/ops/window.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("columns hold the windows, one below the other tap by tap") {
  const Tensor x = tensor({1, 2, 3, 4, 5, 6}).view({1, 1, 2, 3});
  CHECK(values(im2col(x, {.kernel = 2})) == std::vector<double>{1, 2, 2, 3, 4, 5, 5, 6});
  const Tensor padded = im2col(x, {.kernel = {1, 2}, .stride = {1, 2}, .padding = {0, 1}});
  CHECK(padded.shape() == Shape{1, 2, 4});
  CHECK(values(padded) == std::vector<double>{0, 2, 0, 5, 1, 3, 4, 6});
  const Tensor spread = im2col(x, {.kernel = {2, 2}, .dilation = {1, 2}});
  CHECK(values(spread) == std::vector<double>{1, 3, 4, 6});
}

TEST_CASE("an image is its own columns added up, times how many windows see each pixel") {
  const Tensor x = normal({2, 3, 4, 5});
  const Window window{.kernel = {2, 3}, .stride = {1, 2}, .padding = 1};
  const Tensor seen = col2im(im2col(ones_like(x), window), x.shape(), window);
  const Tensor sums = col2im(im2col(x, window), x.shape(), window);
  CHECK(largest_difference(sums, x * seen) < 1e-14);
  CHECK(values(seen.select(0, 0).select(0, 0).select(0, 0)) ==
        std::vector<double>{2, 4, 2, 4, 2});  // two windows of rows, one or two of columns
}

TEST_CASE("windows over no images") {
  CHECK(im2col(zeros({0, 2, 3, 3}), {.kernel = 2}).shape() == Shape{0, 8, 4});
  CHECK(col2im(zeros({1, 0, 4}), {1, 0, 3, 3}, {.kernel = 2}).shape() == Shape{1, 0, 3, 3});
}

TEST_CASE("misuse of windows is explained") {
  CHECK_THROWS_WITH(im2col(zeros({3, 3}), {.kernel = 2}),
                    ContainsSubstring("im2col: [3, 3] must be [batch, channels, height, width]"));
  CHECK_THROWS_WITH(im2col(zeros({1, 1, 2, 3}), {.kernel = 3}),
                    ContainsSubstring("im2col: a kernel of [3, 3] does not fit into an image of "
                                      "[2, 3]"));
  CHECK_THROWS_WITH(im2col(zeros({1, 1, 2, 3}), {.kernel = 1, .stride = 0}),
                    ContainsSubstring("im2col: kernel, stride and dilation must be positive"));
  CHECK_THROWS_WITH(col2im(zeros({1, 4, 3}), {1, 1, 3, 3}, {.kernel = 2}),
                    ContainsSubstring("col2im: columns [1, 4, 3] must be [1, 4, 4] to make the "
                                      "image [1, 1, 3, 3]"));
  CHECK_THROWS_WITH(im2col(arange(4).view({1, 1, 2, 2}), {.kernel = 1}),
                    ContainsSubstring("im2col: expected float32 or float64, got int64"));
}
