// Every registered operation, on its own samples: in float32, with inputs and cotangents that lie in
// memory in odd ways, and with inputs that need no gradient.
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

void for_each_sample(const std::function<void(const Sample&)>& check) {
  for (const OpInfo& op : op_registry()) {
    for (const Sample& sample : op.samples()) {
      INFO(op.name << ", " << sample.name);
      check(sample);
    }
  }
}

Tensors leaves_of(const Tensors& inputs, DType dtype) {
  Tensors leaves;
  for (const Tensor& x : inputs) leaves.push_back(x.to(dtype).clone().requires_grad_());
  return leaves;
}

// The same values, every second element of memory apart.
Tensor with_gaps(const Tensor& x) { return stack({x, zeros_like(x)}, -1).select(-1, 0); }

// The same values, with the dimensions in memory in reverse order.
Tensor reversed(const Tensor& x) {
  std::vector<int64_t> dims;
  for (int64_t d = x.dim(); d-- > 0;) dims.push_back(d);
  return x.permute(dims).clone().permute(dims);
}

// Gradients of all inputs, then the result.
Tensors results(const Sample& sample, const Tensors& inputs, const Tensor& cotangent) {
  const Tensor y = sample.function(inputs);
  Tensors all = grad({y}, inputs, {cotangent.to(y.dtype())});
  all.push_back(y);
  return all;
}

Tensor cotangent_for(const Sample& sample) {
  return normal(sample.function(sample.inputs).shape(), 11);
}

void check_close(const Tensors& got, const Tensors& expected, double atol, double rtol) {
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i].shape() == expected[i].shape());
    const std::vector<double> a = values(got[i]), b = values(expected[i]);
    for (size_t k = 0; k < a.size(); ++k) {
      CAPTURE(i, k, a[k], b[k]);
      if (!(std::abs(a[k] - b[k]) <= atol + rtol * std::abs(b[k]))) CHECK(a[k] == b[k]);
    }
  }
  CHECK(got.size() == expected.size());
}

}  // namespace

TEST_CASE("float32 agrees with float64 in every operation") {
  for_each_sample([](const Sample& sample) {
    const Tensor cotangent = cotangent_for(sample);
    const Tensors single = results(sample, leaves_of(sample.inputs, DType::float32), cotangent);
    const Tensors exact = results(sample, leaves_of(sample.inputs, DType::float64), cotangent);
    // inputs are rounded to 2⁻²⁴, and their errors grow by the condition of the operation: layer
    // norm and division by some dozens
    check_close(single, exact, 1e-5, 1e-4);
  });
}

TEST_CASE("inputs may lie in memory in any way") {
  for_each_sample([](const Sample& sample) {
    const Tensor cotangent = cotangent_for(sample);
    const Tensors expected = results(sample, leaves_of(sample.inputs, DType::float64), cotangent);
    for (const auto layout : {with_gaps, reversed}) {
      if (sample.name == "merge" && layout == reversed)
        continue;  // view refuses it: shape_test.cpp
      Tensors inputs;
      for (const Tensor& x : sample.inputs) inputs.push_back(layout(x).requires_grad_());
      check_close(results(sample, inputs, cotangent), expected, 1e-12, 1e-12);  // rounding alone
    }
  });
}

TEST_CASE("cotangents may lie in memory in any way") {
  for_each_sample([](const Sample& sample) {
    const Tensor cotangent = cotangent_for(sample);
    const Tensors inputs = leaves_of(sample.inputs, DType::float64);
    const Tensors expected = results(sample, inputs, cotangent);
    check_close(results(sample, inputs, with_gaps(cotangent)), expected, 1e-12, 1e-12);
    check_close(results(sample, inputs, reversed(cotangent)), expected, 1e-12, 1e-12);
    const Tensor stretched = scalar(0.7, DType::float64).expand(cotangent.shape());
    check_close(results(sample, inputs, stretched), results(sample, inputs, stretched.clone()),
                1e-12, 1e-12);
  });
}

TEST_CASE("each input alone gets the gradient that it gets among all, and the others none") {
  for_each_sample([](const Sample& sample) {
    const Tensor cotangent = cotangent_for(sample);
    const Tensors expected = results(sample, leaves_of(sample.inputs, DType::float64), cotangent);
    for (size_t k = 0; k < sample.inputs.size(); ++k) {
      Tensors inputs;
      for (const Tensor& x : sample.inputs) inputs.push_back(x.clone());
      inputs[k].requires_grad_();
      sample.function(inputs).backward(cotangent);
      for (size_t i = 0; i < inputs.size(); ++i) CHECK(inputs[i].grad().defined() == (i == k));
      check_close({inputs[k].grad()}, {expected[k]}, 1e-12, 1e-12);
    }
  });
}

TEST_CASE("nothing is recorded for inputs that need no gradient, and inputs stay as they are") {
  for_each_sample([](const Sample& sample) {
    std::vector<std::vector<double>> before;
    for (const Tensor& x : sample.inputs) before.push_back(values(x));
    CHECK_FALSE(sample.function(sample.inputs).requires_grad());
    for (size_t i = 0; i < before.size(); ++i) {
      CHECK(values(sample.inputs[i]) == before[i]);
      CHECK(sample.inputs[i].version() == 0);
    }
  });
}
