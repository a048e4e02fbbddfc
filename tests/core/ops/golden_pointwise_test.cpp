// Element-wise operations against PyTorch's: tests/golden/pointwise.py wrote the numbers.
#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

std::function<Tensor(const Tensors&)> of_one(Tensor (*f)(const Tensor&)) {
  return [f](const Tensors& x) { return f(x[0]); };
}

std::function<Tensor(const Tensors&)> of_two(Tensor (*f)(const Tensor&, const Tensor&)) {
  return [f](const Tensors& x) { return f(x[0], x[1]); };
}

GoldenCases pointwise_cases() {
  const Tensor columns = tensor({1, 0, 1, 1}, DType::boolean);
  const Tensor rows = tensor({1, 0, 1}, DType::boolean).view({3, 1});
  return {
      {"add", of_two(add)},
      {"sub", of_two(sub)},
      {"mul", of_two(mul)},
      {"div", of_two(div)},
      {"pow", [](const Tensors& x) { return pow(x[0], 3); }},
      {"pow_tensor", of_two(pow)},
      {"neg", of_one(neg)},
      {"exp", of_one(exp)},
      {"expm1", of_one(expm1)},
      {"square", of_one(square)},
      {"sin", of_one(sin)},
      {"cos", of_one(cos)},
      {"tanh", of_one(tanh)},
      {"erf", of_one(erf)},
      {"log", of_one(log)},
      {"log1p", of_one(log1p)},
      {"sqrt", of_one(sqrt)},
      {"rsqrt", of_one(rsqrt)},
      {"reciprocal", of_one(reciprocal)},
      {"abs", of_one(abs)},
      {"sign", of_one(sign)},
      {"relu", of_one(relu)},
      {"leaky_relu", [](const Tensors& x) { return leaky_relu(x[0], 0.2); }},
      {"clamp", [](const Tensors& x) { return clamp(x[0], -1, 0.5); }},
      {"clamp_low", [](const Tensors& x) { return clamp(x[0], -0.5); }},
      {"minimum", of_two(minimum)},
      {"maximum", of_two(maximum)},
      {"sigmoid", of_one(sigmoid)},
      {"silu", of_one(silu)},
      {"logsigmoid", of_one(logsigmoid)},
      {"softplus", [](const Tensors& x) { return softplus(x[0]); }},
      {"softplus_beta", [](const Tensors& x) { return softplus(x[0], 2); }},
      {"where", [columns](const Tensors& x) { return where(columns, x[0], x[1]); }},
      {"masked_fill", [rows](const Tensors& x) { return masked_fill(x[0], rows, 0.5); }},
      {"to", [](const Tensors& x) { return to(to(x[0], DType::float32), x[0].dtype()); }},
  };
}

}  // namespace

TEST_CASE("element-wise operations agree with PyTorch") {
  const TensorMap golden = load_golden("pointwise.safetensors");
  const GoldenCases all = pointwise_cases();
  for (const auto& [name, function] : all) {
    INFO(name);
    // some roundings of 2⁻⁵³; in float32 the inputs are rounded to 2⁻²⁴, which division by 0.3 and
    // powers make some ten times larger
    CHECK(golden_error(golden, name, function, DType::float64) < 1e-14);
    CHECK(golden_error(golden, name, function, DType::float32) < 2e-6);
  }
  for (const auto& [key, tensor] : golden) CHECK(all.contains(key.substr(0, key.find('.'))));
}
