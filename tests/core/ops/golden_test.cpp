// Results and gradients against PyTorch's: tests/golden/ops.py wrote them.
#include "core/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

using Function = std::function<Tensor(const Tensors&)>;

const TensorMap& golden() {
  static const TensorMap all = load_safetensors(GRADUS_SOURCE_DIR "/tests/golden/ops.safetensors");
  return all;
}

std::map<std::string, Function> cases() {
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

// The largest |ours − theirs| of a case's result and gradients, relative where |theirs| > 1.
double largest_error(const std::string& name, const Function& function, DType dtype) {
  Tensors inputs;
  for (int i = 0; golden().contains(fmt::format("{}.in{}", name, i)); ++i) {
    inputs.push_back(golden().at(fmt::format("{}.in{}", name, i)).to(dtype).clone());
    inputs.back().requires_grad_();
  }
  const Tensor out = function(inputs);
  Tensors ours = grad({out}, inputs, {golden().at(name + ".dy").to(dtype)});
  ours.push_back(out);
  double largest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const bool is_out = i + 1 == ours.size();
    const Tensor theirs = golden().at(is_out ? name + ".out" : fmt::format("{}.d{}", name, i));
    double scale = 1;
    for (const double value : values(theirs)) scale = std::max(scale, std::abs(value));
    largest = std::max(largest, largest_difference(ours[i], theirs) / scale);
  }
  return largest;
}

}  // namespace

TEST_CASE("operations agree with PyTorch, forward and backward") {
  for (const auto& [name, function] : cases()) {
    INFO(name);
    // sums of at most a dozen terms in another order, and exp by another library: some roundings of
    // 2⁻⁵³; logits around 300, as in the steep cases, lose as much again in exp
    CHECK(largest_error(name, function, DType::float64) < 1e-13);
    // the same in float32: inputs are rounded to 2⁻²⁴ of their size, and steep logits to 2⁻¹⁶
    const double tolerance = name.ends_with("steep") ? 1e-4 : 2e-6;
    CHECK(largest_error(name, function, DType::float32) < tolerance);
  }
}

TEST_CASE("every golden case is compared") {
  const auto all = cases();
  for (const auto& [key, tensor] : golden()) {
    const std::string name = key.substr(0, key.find('.'));
    INFO(name);
    CHECK(all.contains(name));
  }
}
