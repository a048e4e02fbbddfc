#include "core/ops/activation.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("gelu far from zero is x or nothing") {
  for (const GeluForm form : {GeluForm::erf, GeluForm::tanh}) {
    const Tensor x = tensor({-50, 0, 50}).requires_grad_();
    const Tensor y = gelu(x, form);
    CHECK(values(y) == std::vector<double>{0, 0, 50});
    y.backward(ones({3}));
    CHECK(values(x.grad()) == std::vector<double>{0, 0.5, 1});
  }
}

TEST_CASE("gelu and bias_gelu of nothing") {
  CHECK(gelu(zeros({0, 3})).shape() == Shape{0, 3});
  const Tensor bias = zeros({3}).requires_grad_();
  const Tensor y = bias_gelu(zeros({2, 0, 3}), bias);
  CHECK(y.shape() == Shape{2, 0, 3});
  y.backward(y.detach());
  CHECK(values(bias.grad()) == std::vector<double>(3, 0));
  CHECK(bias_gelu(zeros({2, 0}), zeros({0})).shape() == Shape{2, 0});
  CHECK(gelu(scalar(0)).shape().empty());
}

TEST_CASE("misuse of gelu is explained") {
  CHECK_THROWS_WITH(gelu(arange(2)),
                    ContainsSubstring("gelu: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(bias_gelu(zeros({2, 3}), zeros({2})),
                    ContainsSubstring("bias_gelu: bias [2] does not fit input [2, 3]"));
  CHECK_THROWS_WITH(bias_gelu(zeros({3}), zeros({3}, DType::float64)),
                    ContainsSubstring("bias_gelu: input holds float32, bias float64"));
}
