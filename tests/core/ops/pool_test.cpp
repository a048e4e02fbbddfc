#include "core/ops/pool.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("pools by hand") {
  const Tensor x = tensor({1, 5, 2, -4, 3}).view({1, 1, 5});
  CHECK(values(max_pool1d(x, 2)) == std::vector<double>{5, 2});
  CHECK(values(max_pool1d(x, 3, {.stride = 1})) == std::vector<double>{5, 5, 3});
  CHECK(values(max_pool1d(x * -1.0, 2, {.padding = 1})) == std::vector<double>{-1, -2, 4});
  CHECK(values(avg_pool1d(x, 2)) == std::vector<double>{3, -1});
  CHECK(values(avg_pool1d(x, 2, {.padding = 1})) == std::vector<double>{0.5, 3.5, -0.5});
  const Tensor image = arange(16, DType::float32).view({1, 1, 4, 4});
  CHECK(values(max_pool2d(image, 2)) == std::vector<double>{5, 7, 13, 15});
  CHECK(values(avg_pool2d(image, {4, 1})) == std::vector<double>{6, 7, 8, 9});
  CHECK(values(max_pool2d(image, {2, 4}, {.stride = 1})) == std::vector<double>{7, 11, 15});
}

TEST_CASE("of equal elements the first gets the gradient, and NaN is not lost") {
  const Tensor x = zeros({1, 1, 4}).requires_grad_();
  max_pool1d(x, 2).sum().backward();
  CHECK(values(x.grad()) == std::vector<double>{1, 0, 1, 0});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor pooled = max_pool1d(tensor({1, nan, 2, 3}).view({1, 1, 4}), 2);
  CHECK(std::isnan(values(pooled)[0]));
  CHECK(values(pooled)[1] == 3);
}

TEST_CASE("a last window may end beyond the image, and an average may count the image alone") {
  const Tensor x = tensor({1, 5, 2, -4, 3}).view({1, 5});
  CHECK(values(max_pool1d(x, 2, {.ceil_mode = true})) == std::vector<double>{5, 2, 3});
  CHECK(values(max_pool1d(x, 2, {.stride = 1, .dilation = 3})) == std::vector<double>{1, 5});
  CHECK(values(avg_pool1d(x, 2, {.ceil_mode = true})) == std::vector<double>{3, -1, 3});
  CHECK(values(avg_pool1d(x, 2, {.padding = 1, .count_include_pad = false})) ==
        std::vector<double>{1, 3.5, -0.5});
  // no window begins in the padding behind the image
  CHECK(max_pool1d(zeros({1, 4}), 2, {.stride = 3, .padding = 1, .ceil_mode = true}).size(1) == 2);
}

TEST_CASE("each plane of a batch is pooled alone") {
  const Tensor x = normal({2, 3, 4, 6});
  const Tensor plane = x.narrow(0, 1, 1).narrow(1, 2, 1);
  const MaxPool2dOptions options{.stride = 2, .padding = 1};
  CHECK(bit_equal(max_pool2d(x, 3, options).narrow(0, 1, 1).narrow(1, 2, 1),
                  max_pool2d(plane, 3, options)));
  CHECK(max_pool2d(zeros({0, 3, 4, 6}), 2).shape() == Shape{0, 3, 2, 3});
}

TEST_CASE("misuse of pools is explained") {
  CHECK_THROWS_WITH(max_pool1d(zeros({4}), 2),
                    ContainsSubstring("max_pool1d: [4] must be [batch, channels, length], or "
                                      "without the batch"));
  CHECK_THROWS_WITH(avg_pool1d(zeros({1, 1, 2}), 3),
                    ContainsSubstring("avg_pool1d: a kernel of [1, 3] does not fit"));
  CHECK_THROWS_WITH(avg_pool2d(zeros({1, 2}), 1),
                    ContainsSubstring("avg_pool2d: [1, 2] must be [batch, channels, height, "
                                      "width]"));
  CHECK_THROWS_WITH(max_pool2d(zeros({1, 1, 4, 4}), 2, {.padding = {0, 2}}),
                    ContainsSubstring("max_pool2d: padding [0, 2] is more than half of the kernel "
                                      "[2, 2]"));
  CHECK_THROWS_AS(max_pool2d(zeros({1, 1, 4, 4}), 2, {.stride = 0}), ValueError);
}
