// Results and gradients against PyTorch's: tests/golden/ops.py wrote them.
#include "tests/core/ops/golden.hpp"

#include "tests/catch.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

const TensorMap& golden() {
  static const TensorMap all = load_golden("ops.safetensors");
  return all;
}

GoldenCases op_cases() {
  const auto softmax_along = [](int64_t dim) {
    return [dim](const Tensors& x) { return softmax(x[0], dim); };
  };
  const auto log_softmax_last = [](const Tensors& x) { return log_softmax(x[0], 1); };
  const auto product = [](const Tensors& x) { return matmul(x[0], x[1]); };
  return {
      {"softmax", softmax_along(1)},
      {"softmax_first", softmax_along(0)},
      {"softmax_steep", softmax_along(1)},
      {"log_softmax", log_softmax_last},
      {"log_softmax_steep", log_softmax_last},
      {"layer_norm", [](const Tensors& x) { return layer_norm(x[0], x[1], x[2], 1e-12); }},
      {"gelu", [](const Tensors& x) { return gelu(x[0]); }},
      {"gelu_tanh", [](const Tensors& x) { return gelu(x[0], GeluForm::tanh); }},
      {"matmul", product},
      {"matmul_vector", product},
      {"linear", [](const Tensors& x) { return linear(x[0], x[1], x[2]); }},
      {"cross_entropy",
       [](const Tensors& x) { return cross_entropy(x[0], golden().at("cross_entropy.target")); }},
      {"attention",
       [](const Tensors& x) {
         const Tensor key_bias = golden().at("attention.key_bias").to(x[0].dtype());
         return attention(x[0], x[1], x[2], {.key_bias = key_bias});
       }},
  };
}

}  // namespace

TEST_CASE("operations agree with PyTorch, forward and backward") {
  for (const auto& [name, function] : op_cases()) {
    INFO(name);
    // sums of at most a dozen terms in another order, and exp by another library: some roundings of
    // 2⁻⁵³; logits around 300, as in the steep cases, lose as much again in exp
    CHECK(golden_error(golden(), name, function, DType::float64) < 1e-13);
    // the same in float32: inputs are rounded to 2⁻²⁴ of their size, and steep logits to 2⁻¹⁶
    const double tolerance = name.ends_with("steep") ? 1e-4 : 2e-6;
    CHECK(golden_error(golden(), name, function, DType::float32) < tolerance);
  }
}

TEST_CASE("every golden case is compared") {
  const auto all = op_cases();
  for (const auto& [key, tensor] : golden()) {
    const std::string name = key.substr(0, key.find('.'));
    INFO(name);
    CHECK(all.contains(name));
  }
}
