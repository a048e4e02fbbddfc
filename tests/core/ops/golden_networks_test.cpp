// Losses, products, convolutions and norms against PyTorch's: tests/golden/ops_networks.py wrote
// them.
#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

const TensorMap& networks_golden() {
  static const TensorMap all = load_golden("ops_networks.safetensors");
  return all;
}

Tensor constant(const std::string& name, const Tensor& like) {
  return networks_golden().at(name).to(like.dtype());
}

GoldenCases losses() {
  const Tensor target = networks_golden().at("classes.target");
  const Tensor image_target = networks_golden().at("classes.image_target");
  const auto weight = [](const Tensors& x) { return constant("classes.weight", x[0]); };
  const auto kl_div_with = [](KlDivOptions options) {
    return [=](const Tensors& x) { return kl_div(x[0], x[1], options); };
  };
  return {
      {"nll_loss", [=](const Tensors& x) { return nll_loss(x[0], target, {.weight = weight(x)}); }},
      {"nll_loss_image",
       [=](const Tensors& x) {
         return nll_loss(x[0], image_target, {.reduction = Reduction::none});
       }},
      {"cross_entropy_smoothed",
       [=](const Tensors& x) {
         return cross_entropy(x[0], target, {.weight = weight(x), .label_smoothing = 0.2});
       }},
      {"cross_entropy_image",
       [=](const Tensors& x) {
         return cross_entropy(x[0], image_target,
                              {.label_smoothing = 0.1, .reduction = Reduction::sum});
       }},
      {"cross_entropy_probabilities",
       [=](const Tensors& x) {
         return cross_entropy(x[0], x[1], {.weight = weight(x), .label_smoothing = 0.2});
       }},
      {"mse_loss", [](const Tensors& x) { return mse_loss(x[0], x[1]); }},
      {"kl_div", kl_div_with({})},
      {"kl_div_batchmean", kl_div_with({.reduction = Reduction::batchmean})},
      {"kl_div_log_target", kl_div_with({.reduction = Reduction::none, .log_target = true})},
      {"binary_cross_entropy",
       [](const Tensors& x) { return binary_cross_entropy_with_logits(x[0], x[1]); }},
      {"binary_cross_entropy_weighted",
       [](const Tensors& x) {
         const Tensor weights = constant("binary.weight", x[0]);
         return binary_cross_entropy_with_logits(
             x[0], x[1],
             {.weight = weights, .pos_weight = weights + 1.0, .reduction = Reduction::none});
       }},
  };
}

GoldenCases products() {
  const auto equation = [](const char* text) {
    return [=](const Tensors& x) { return einsum(text, x); };
  };
  return {
      {"dot", [](const Tensors& x) { return dot(x[0], x[1]); }},
      {"mv", [](const Tensors& x) { return mv(x[0], x[1]); }},
      {"outer", [](const Tensors& x) { return outer(x[0], x[1]); }},
      {"bmm", [](const Tensors& x) { return bmm(x[0], x[1]); }},
      {"addmm",
       [](const Tensors& x) { return addmm(x[0], x[1], x[2], {.beta = 0.5, .alpha = 2}); }},
      {"einsum_chain", equation("ij,jk,kl->li")},
      {"einsum_implicit", equation("ca,ab")},
      {"einsum_diagonal", equation("iij,kj->ik")},
      {"einsum_ellipsis", equation("b...i,...ij->...bj")},
      {"einsum_bilinear", equation("bi,oij,bj->bo")},
  };
}

GoldenCases norms() {
  const auto batch_norm_with = [](BatchNormOptions options) {
    return [=](const Tensors& x) {
      const Tensor mean = constant("statistics.mean", x[0]).clone();
      const Tensor var = constant("statistics.var", x[0]).clone();
      return batch_norm(x[0], mean, var, x[1], x[2], options);
    };
  };
  return {
      {"batch_norm", batch_norm_with({})},
      {"batch_norm_training", batch_norm_with({.training = true, .momentum = 0.3, .eps = 1e-3})},
      {"rms_norm", [](const Tensors& x) { return rms_norm(x[0], x[1], 1e-5); }},
  };
}

GoldenCases convolutions() {
  const auto conv2d_with = [](const Conv2dOptions& options) {
    return [=](const Tensors& x) { return conv2d(x[0], x[1], {}, options); };
  };
  const Window window{.kernel = {2, 3}, .stride = {1, 2}, .padding = 1, .dilation = {2, 1}};
  return {
      {"conv1d", [](const Tensors& x) { return conv1d(x[0], x[1], x[2]); }},
      {"conv1d_depthwise",
       [](const Tensors& x) {
         return conv1d(x[0], x[1], {}, {.stride = 2, .padding = 2, .groups = 4});
       }},
      {"conv2d", [](const Tensors& x) { return conv2d(x[0], x[1], x[2]); }},
      {"conv2d_options",
       conv2d_with({.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}, .groups = 2})},
      {"im2col", [=](const Tensors& x) { return im2col(x[0], window); }},
      {"col2im",
       [](const Tensors& x) {
         return col2im(x[0], {2, 2, 3, 4}, {.kernel = 2, .padding = 1});
       }},
  };
}

GoldenCases pools() {
  return {
      {"max_pool1d",
       [](const Tensors& x) { return max_pool1d(x[0], 3, {.stride = 2, .padding = 1}); }},
      {"max_pool2d",
       [](const Tensors& x) {
         return max_pool2d(x[0], {2, 3}, {.padding = {1, 0}});
       }},
      {"max_pool2d_ties", [](const Tensors& x) { return max_pool2d(x[0], 2, {.stride = 1}); }},
      {"avg_pool1d", [](const Tensors& x) { return avg_pool1d(x[0], 2); }},
      {"avg_pool2d",
       [](const Tensors& x) { return avg_pool2d(x[0], 3, {.stride = Pair(1, 2), .padding = 1}); }},
  };
}

GoldenCases pools_beyond_the_end() {
  return {
      {"max_pool1d_dilated",
       [](const Tensors& x) {
         return max_pool1d(x[0], 2, {.stride = 3, .dilation = 2, .ceil_mode = true});
       }},
      {"max_pool2d_ceil",
       [](const Tensors& x) {
         return max_pool2d(x[0], 3, {.stride = Pair(2, 4), .padding = 1, .ceil_mode = true});
       }},
      {"avg_pool1d_ceil",
       [](const Tensors& x) {
         return avg_pool1d(x[0], 4, {.stride = 3, .padding = 2, .ceil_mode = true});
       }},
      {"avg_pool2d_image_alone",
       [](const Tensors& x) {
         return avg_pool2d(
             x[0], 3,
             {.stride = Pair(2, 4), .padding = 1, .ceil_mode = true, .count_include_pad = false});
       }},
      {"conv1d_unbatched", [](const Tensors& x) { return conv1d(x[0], x[1]); }},
  };
}

GoldenCases attentions() {
  const auto with = [](const ScaledDotProductOptions& options) {
    return
        [=](const Tensors& x) { return scaled_dot_product_attention(x[0], x[1], x[2], options); };
  };
  return {{"attention_keys", with({.attn_mask = networks_golden().at("attention.keys")})},
          {"attention_each", with({.attn_mask = networks_golden().at("attention.each")})},
          {"attention_causal", with({.is_causal = true})}};
}

GoldenCases networks_cases() {
  GoldenCases all;
  for (const GoldenCases& family : {losses(), products(), norms(), convolutions(), pools(),
                                    pools_beyond_the_end(), attentions()}) {
    all.insert(family.begin(), family.end());
  }
  return all;
}

}  // namespace

TEST_CASE("losses, products, convolutions and norms agree with PyTorch, forward and backward") {
  for (const auto& [name, function] : networks_cases()) {
    INFO(name);
    // sums of a few dozen terms in another order: some roundings of 2⁻⁵³, and of 2⁻²⁴ in float32
    CHECK(golden_error(networks_golden(), name, function, DType::float64) < 1e-13);
    CHECK(golden_error(networks_golden(), name, function, DType::float32) < 5e-6);
  }
}

TEST_CASE("every golden case of networks is compared") {
  const auto all = networks_cases();
  for (const auto& [key, tensor] : networks_golden()) {
    if (!key.ends_with(".out")) continue;
    INFO(key);
    CHECK(all.contains(key.substr(0, key.find('.'))));
  }
}

TEST_CASE("training moves the running statistics as PyTorch does") {
  const Tensor mean = networks_golden().at("statistics.mean").clone();
  const Tensor var = networks_golden().at("statistics.var").clone();
  batch_norm(networks_golden().at("batch_norm_training.in0"), mean, var, {}, {},
             {.training = true, .momentum = 0.3});
  CHECK(largest_difference(mean, networks_golden().at("statistics.mean_after")) < 1e-15);
  CHECK(largest_difference(var, networks_golden().at("statistics.var_after")) < 1e-15);
}
