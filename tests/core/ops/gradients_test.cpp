// Every registered operation, on its own samples: gradient, gradient of the gradient, and the fused
// forms against their textbook forms.
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("every operation's gradient is right, twice over, and keeps its promises") {
  for (const OpInfo& op : op_registry()) {
    const Samples samples = op.samples();
    REQUIRE_FALSE(samples.empty());
    for (const Sample& sample : samples) {
      INFO(op.name << ", " << sample.name);
      const SampleReport report = check_sample(op.name, sample);
      INFO("gradient: " << report.first.failure << "; second order: " << report.second.failure);
      CHECK(report.first.passed);
      CHECK(report.second.passed);
      for (const BrokenPromise& broken : report.broken) {
        FAIL_CHECK(broken.name << ": " << broken.failure);
      }
    }
  }
}

namespace {

// The result and the gradients of all inputs, for a fixed cotangent.
Tensors results(const TensorFunction& f, const Tensors& inputs, DType dtype) {
  Tensors leaves;
  for (const Tensor& input : inputs) leaves.push_back(to(input, dtype).clone().requires_grad_());
  const Tensor y = f(leaves);
  Tensors all = grad({y}, leaves, {randn(y.shape(), {.seed = 1, .stream = 1}, dtype)});
  all.push_back(y);
  return all;
}

}  // namespace

TEST_CASE("fused and textbook forms agree, forward and backward") {
  // float64: both are exact to rounding. float32: sums of some dozens of terms of size 1 to 10,
  // each rounded to 1.2e-7 of its size, in another order.
  for (const auto& [dtype, tolerance] :
       {std::pair(DType::float64, 1e-12), {DType::float32, 1e-5}}) {
    for (const FusedPair& pair : fused_pairs()) {
      INFO(pair.name << ", " << name_of(dtype));
      const Tensors fused = results(pair.fused, pair.inputs, dtype);
      const Tensors textbook = results(pair.textbook, pair.inputs, dtype);
      for (size_t i = 0; i < fused.size(); ++i) {
        CHECK(largest_difference(fused[i], textbook[i]) <= tolerance);
      }
    }
  }
}
