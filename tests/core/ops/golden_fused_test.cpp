// Fused operations against PyTorch's: tests/golden/ops_fused.py wrote the numbers.
#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

GoldenCases fused_cases() {
  return {
      {"bias_gelu", [](const Tensors& x) { return bias_gelu(x[0], x[1]); }},
      {"bias_gelu_tanh", [](const Tensors& x) { return bias_gelu(x[0], x[1], GeluForm::tanh); }},
      {"dropout_add_layer_norm",
       [](const Tensors& x) {
         return dropout_add_layer_norm(x[0], x[1], x[2], x[3], {.eps = 1e-12, .p = 0});
       }},
      {"embedding_layer_norm",
       [](const Tensors& x) {
         const Tensor words = tensor(std::vector<int64_t>{3, 0, 3, 6}, {4});
         const Tensor types = tensor(std::vector<int64_t>{0, 1, 1, 0}, {4});
         return embedding_layer_norm({words, types}, {x[0], x[1]}, x[2], x[3], {.eps = 1e-12});
       }},
      {"binary_cross_entropy_with_logits",
       [](const Tensors& x) {
         return binary_cross_entropy_with_logits(x[0], x[1], {.reduction = Reduction::sum});
       }},
      {"self_attention", [](const Tensors& x) { return self_attention(x[0], {}); }},
      {"scaled_dot_product_attention",
       [](const Tensors& x) { return scaled_dot_product_attention(x[0], x[1], x[2]); }},
      {"scaled_dot_product_attention_bias",
       [](const Tensors& x) {
         return scaled_dot_product_attention(x[0], x[1], x[2], {.attn_mask = x[3]});
       }},
  };
}

}  // namespace

TEST_CASE("fused operations agree with PyTorch, forward and backward") {
  const TensorMap golden = load_golden("ops_fused.safetensors");
  const GoldenCases all = fused_cases();
  for (const auto& [name, function] : all) {
    INFO(name);
    // sums of up to thirty terms in another order: some roundings of 2⁻⁵³, and of 2⁻²⁴ in float32
    CHECK(golden_error(golden, name, function, DType::float64) < 1e-13);
    CHECK(golden_error(golden, name, function, DType::float32) < 5e-6);
  }
  for (const auto& [key, tensor] : golden) CHECK(all.contains(key.substr(0, key.find('.'))));
}
