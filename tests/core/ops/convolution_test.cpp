#include "core/ops/convolution.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("convolutions by hand") {
  const Tensor x = tensor({1, 2, 3, 4}).view({1, 1, 4});
  const Tensor difference = tensor({-1, 1}).view({1, 1, 2});
  CHECK(values(conv1d(x, difference)) == std::vector<double>{1, 1, 1});
  CHECK(values(conv1d(x, difference, tensor({10}))) == std::vector<double>{11, 11, 11});
  CHECK(values(conv1d(x, difference, {}, {.stride = 2})) == std::vector<double>{1, 1});
  CHECK(values(conv1d(x, difference, {}, {.padding = 1})) == std::vector<double>{1, 1, 1, 1, -4});
  CHECK(values(conv1d(x, difference, {}, {.dilation = 3})) == std::vector<double>{3});
  const Tensor image = arange(9, DType::float32).view({1, 1, 3, 3});
  CHECK(values(conv2d(image, ones({1, 1, 2, 2}))) == std::vector<double>{8, 12, 20, 24});
}

TEST_CASE("a kernel of one tap is a linear layer at every pixel") {
  const Tensor x = normal({2, 3, 4, 5}), weight = normal({6, 3}, 1), bias = normal({6}, 2);
  const Tensor y = conv2d(x, reshape(weight, {6, 3, 1, 1}), bias);
  const Tensor pixels = linear(permute(x, {0, 2, 3, 1}), weight, bias);
  CHECK(largest_difference(y, permute(pixels, {0, 3, 1, 2})) < 1e-14);
}

TEST_CASE("groups are convolutions beside each other") {
  const Tensor x = normal({2, 4, 5, 5}), weight = normal({6, 2, 3, 3}, 1);
  const auto part = [&](int64_t i) {
    return conv2d(x.narrow(1, 2 * i, 2), weight.narrow(0, 3 * i, 3), {}, {.padding = 1});
  };
  const Tensor y = conv2d(x, weight, {}, {.padding = 1, .groups = 2});
  CHECK(largest_difference(y, cat({part(0), part(1)}, 1)) < 1e-14);
}

TEST_CASE("convolutions of nothing") {
  CHECK(conv2d(zeros({0, 2, 3, 3}), zeros({4, 2, 2, 2})).shape() == Shape{0, 4, 2, 2});
  CHECK(conv1d(zeros({1, 2, 3}), zeros({0, 2, 2})).shape() == Shape{1, 0, 2});
  CHECK(values(conv1d(zeros({1, 0, 3}), zeros({1, 0, 3}), ones({1}))) == std::vector<double>{1});
}

TEST_CASE("misuse of convolutions is explained") {
  const Tensor x = zeros({1, 4, 5}), weight = zeros({2, 4, 3});
  CHECK_THROWS_WITH(
      conv2d(x, weight),
      ContainsSubstring("conv2d: input [1, 4, 5] and weight [2, 4, 3] must have 4 dimensions"));
  CHECK_THROWS_WITH(conv1d(x, weight, {}, {.groups = 3}),
                    ContainsSubstring("conv1d: 3 groups do not divide 4 channels and 2 filters"));
  CHECK_THROWS_WITH(conv1d(x, weight, {}, {.groups = 2}),
                    ContainsSubstring("conv1d: weight [2, 4, 3] sees 4 channels, but input "
                                      "[1, 4, 5] has 2 in each of 2 groups"));
  CHECK_THROWS_WITH(conv1d(x, weight, zeros({3})),
                    ContainsSubstring("conv1d: bias [3] must have shape [2]"));
  CHECK_THROWS_WITH(conv1d(x, zeros({2, 4, 6})),
                    ContainsSubstring("conv1d: a kernel of [1, 6] does not fit into an image of "
                                      "[1, 5]"));
  CHECK_THROWS_WITH(conv1d(x, weight.to(DType::float64)),
                    ContainsSubstring("conv1d: dtypes differ: float32 and float64"));
}

TEST_CASE("the batch of a convolution may be left out") {
  const Tensor x = normal({2, 5, 6}), weight = normal({3, 2, 2, 2});
  CHECK(bit_equal(conv2d(x, weight), conv2d(x.view({1, 2, 5, 6}), weight).select(0, 0)));
  const Tensor row = normal({2, 6}), kernel = normal({3, 2, 2});
  CHECK(bit_equal(conv1d(row, kernel), conv1d(row.view({1, 2, 6}), kernel).select(0, 0)));
}
