#include "nn/encoder.hpp"

#include "tests/catch.hpp"
#include "tests/nn/support.hpp"

using namespace gradus;

namespace {

nn::EncoderOptions small_layer(nn::NormPosition norm) {
  return {.hidden = 12, .heads = 3, .intermediate = 20, .norm = norm};
}

// The members that hold parameters. Replacing them lets a layer compute with other tensors: in
// float64, or with those that gradcheck moves.
std::vector<Tensor*> members(nn::EncoderLayer& layer) {
  return {
      &layer.attention.query.weight,  &layer.attention.query.bias,   &layer.attention.key.weight,
      &layer.attention.key.bias,      &layer.attention.value.weight, &layer.attention.value.bias,
      &layer.attention.output.weight, &layer.attention.output.bias,  &layer.attention_norm.weight,
      &layer.attention_norm.bias,     &layer.feed_forward.in.weight, &layer.feed_forward.in.bias,
      &layer.feed_forward.out.weight, &layer.feed_forward.out.bias,  &layer.output_norm.weight,
      &layer.output_norm.bias};
}

// Equation (2) of Vaswani et al. 2017, with GELU.
Tensor ffn(const nn::FeedForward& layer, const Tensor& x) {
  const Tensor inner = textbook::gelu(textbook::linear(x, layer.in.weight, layer.in.bias));
  return textbook::linear(inner, layer.out.weight, layer.out.bias);
}

Tensor norm(const nn::LayerNorm& layer, const Tensor& x) {
  return textbook::layer_norm(x, layer.weight, layer.bias, layer.eps);
}

// One training step's worth: the gradients of x and all parameters, and the result.
template <class Forward>
Tensors gradients(nn::EncoderLayer& layer, Forward forward) {
  Tensors leaves = layer.parameters();
  leaves.push_back(test::input({2, 5, 12}).requires_grad_());
  const Tensor y = forward(leaves.back());
  Tensors all = grad({y}, leaves, {test::input(y.shape(), 5)});
  all.push_back(y);
  return all;
}

}  // namespace

TEST_CASE("the members of an encoder layer are its parameters, in order") {
  nn::EncoderLayer layer(small_layer(nn::NormPosition::post));
  const Tensors parameters = layer.parameters();
  const std::vector<Tensor*> own = members(layer);
  REQUIRE(parameters.size() == own.size());
  for (size_t i = 0; i < own.size(); ++i) CHECK(parameters[i].is_same(*own[i]));
}

TEST_CASE("an encoder layer is the composition of the textbook's operations") {
  manual_seed(1);
  const Tensor key_bias = nn::key_bias_from_mask(test::mask_of_lengths({5, 3}, 5));
  const auto compare = [&](nn::EncoderLayer& layer, auto&& textbook) {
    test::randomize(layer);
    const Tensors got =
        gradients(layer, [&](const Tensor& x) { return layer.forward(x, key_bias); });
    const Tensors expected = gradients(layer, textbook);
    // float32, results and gradients of size 1 to 100 after some ten roundings: relative 1e-5
    for (size_t i = 0; i < got.size(); ++i) {
      INFO("tensor " << i);
      CHECK(test::largest_difference(got[i], expected[i]) <
            1e-5 * (1 + test::largest(expected[i])));
    }
  };

  SECTION("post-LN:  y = LN(x + Attention(x)),  LN(y + FFN(y))") {
    nn::EncoderLayer layer(small_layer(nn::NormPosition::post));
    compare(layer, [&](const Tensor& x) {
      const Tensor y = norm(layer.attention_norm, x + layer.attention.forward(x, x, key_bias));
      return norm(layer.output_norm, y + ffn(layer.feed_forward, y));
    });
  }
  SECTION("pre-LN:  y = x + Attention(LN(x)),  y + FFN(LN(y))") {
    nn::EncoderLayer layer(small_layer(nn::NormPosition::pre));
    compare(layer, [&](const Tensor& x) {
      const Tensor normed = norm(layer.attention_norm, x);
      const Tensor y = x + layer.attention.forward(normed, normed, key_bias);
      return y + ffn(layer.feed_forward, norm(layer.output_norm, y));
    });
  }
}

TEST_CASE("the gradient of an encoder layer agrees with central differences") {
  const auto position = GENERATE(nn::NormPosition::post, nn::NormPosition::pre);
  manual_seed(2);
  nn::EncoderLayer layer(
      {.hidden = 4, .heads = 2, .intermediate = 6, .norm_eps = 1e-5, .norm = position});
  const std::vector<Tensor*> own = members(layer);
  Tensors inputs{test::normal({2, 3, 4})};
  for (const Tensor* parameter : own) {
    inputs.push_back(test::normal(parameter->shape(), inputs.size()) * 0.5);
  }
  const Tensor key_bias = nn::key_bias_from_mask(test::mask_of_lengths({3, 2}, 3), DType::float64);
  const auto forward = [&](const Tensors& x) {
    for (size_t i = 0; i < own.size(); ++i) *own[i] = x[i + 1];
    return layer.forward(x[0], key_bias);
  };
  const GradcheckReport report = gradcheck(forward, inputs);
  INFO(report.failure);
  CHECK(report.passed);
}

TEST_CASE("an encoder layer drops in training alone, anew at each call") {
  const auto position = GENERATE(nn::NormPosition::post, nn::NormPosition::pre);
  manual_seed(3);
  nn::EncoderLayer layer(
      {.hidden = 8, .heads = 2, .intermediate = 16, .dropout = 0.3, .norm = position});
  const Tensor x = test::input({2, 4, 8});
  CHECK(test::largest_difference(layer.forward(x), layer.forward(x)) > 1e-3);
  layer.eval();
  CHECK(test::bit_equal(layer.forward(x), layer.forward(x)));
}
