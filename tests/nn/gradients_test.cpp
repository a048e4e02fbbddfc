// Whole blocks against central differences, in float64, with masks and dropout.
#include "core/core.hpp"
#include "nn/nn.hpp"
#include "tests/catch.hpp"
#include "tests/nn/support.hpp"

using namespace gradus;

TEST_CASE("the gradient of a block of two encoder layers, in input and parameters") {
  for (const nn::NormPosition norm : {nn::NormPosition::post, nn::NormPosition::pre}) {
    manual_seed(1);
    const nn::EncoderOptions options{.hidden = 16,
                                     .heads = 4,
                                     .intermediate = 24,
                                     .dropout = 0.2,
                                     .attention_dropout = 0.2,
                                     .norm = norm};
    nn::EncoderLayer first(options), second(options);
    first.to(DType::float64);
    second.to(DType::float64);
    const Tensor mask = tensor(std::vector<int64_t>{1, 1, 1, 1, 1, 1, 1, 0, 0, 0}, {2, 5});
    const Tensor key_bias = nn::key_bias_from_mask(mask, DType::float64);

    Tensors leaves{randn({2, 5, 16}, {.seed = 2, .stream = 0}, DType::float64).requires_grad_()};
    for (const nn::Module* layer : {&first, &second}) {
      for (const Tensor& parameter : layer->parameters()) leaves.push_back(parameter);
    }
    const auto block = [&] {
      manual_seed(3);  // the same dropout in each call
      return second.forward(first.forward(leaves[0], key_bias), key_bias);
    };
    // Outputs of size 1 round off some 2e-16. Over 2h, with the usual h = 1e-6, that would be the
    // 2e-10 that is allowed for an input of 16 elements; this h rounds off less.
    GradcheckOptions strict = kStrict;
    strict.eps = 4e-6;
    const GradcheckReport report = fast_gradcheck(block, leaves, strict);
    INFO(report.failure);
    CHECK(report.passed);
    CHECK(report.compared == 1 + 2 * 16);  // the input, and 16 parameters a layer
    CHECK(report.max_error < 1e-8);        // rounding: outputs of size 1, divided by 2h
  }
}

TEST_CASE("a module is converted to float64 and back") {
  nn::Linear layer({.in = 3, .out = 2});
  const Tensor weight = layer.weight;  // the same tensor, not a copy
  const std::vector<float> before = weight.to_vector<float>();
  sum(layer.forward(ones({1, 3}))).backward();
  layer.to(DType::float64);
  CHECK(weight.dtype() == DType::float64);
  CHECK(weight.requires_grad());
  CHECK_FALSE(weight.grad().defined());
  sum(layer.forward(ones({1, 3}, DType::float64))).backward();
  CHECK(weight.grad().dtype() == DType::float64);
  layer.to(DType::float32);
  CHECK(weight.to_vector<float>() == before);
  CHECK_THROWS_WITH(layer.to(DType::int64), ContainsSubstring("not int64"));
}

TEST_CASE("set_data wants a leaf") {
  const Tensor x = ones({2}).requires_grad_();
  Tensor y = x * 2.0;
  CHECK_THROWS_WITH(y.set_data(ones({2})), ContainsSubstring("the result of 'mul', not a leaf"));
}
