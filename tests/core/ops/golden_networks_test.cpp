// Losses, products, convolutions and norms against PyTorch's: tests/golden/ops_networks.py wrote
// them.
#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

const TensorMap& golden() {
  static const TensorMap all = load_golden("ops_networks.safetensors");
  return all;
}

Tensor constant(const std::string& name, const Tensor& like) {
  return golden().at(name).to(like.dtype());
}

GoldenCases losses() {
  const Tensor target = golden().at("classes.target");
  const Tensor image_target = golden().at("classes.image_target");
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

GoldenCases cases() {
  GoldenCases all;
  for (const GoldenCases& family : {losses()}) all.insert(family.begin(), family.end());
  return all;
}

}  // namespace

TEST_CASE("losses, products, convolutions and norms agree with PyTorch, forward and backward") {
  for (const auto& [name, function] : cases()) {
    INFO(name);
    // sums of a few dozen terms in another order: some roundings of 2⁻⁵³, and of 2⁻²⁴ in float32
    CHECK(golden_error(golden(), name, function, DType::float64) < 1e-13);
    CHECK(golden_error(golden(), name, function, DType::float32) < 5e-6);
  }
}

TEST_CASE("every golden case of networks is compared") {
  const auto all = cases();
  for (const auto& [key, tensor] : golden()) {
    if (!key.ends_with(".out")) continue;
    INFO(key);
    CHECK(all.contains(key.substr(0, key.find('.'))));
  }
}
