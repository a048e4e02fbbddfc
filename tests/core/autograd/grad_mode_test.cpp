#include "core/autograd/grad_mode.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("under NoGrad nothing is recorded, and the mode comes back after it") {
  const Tensor x = leaf({2});
  CHECK(grad_enabled());
  {
    const NoGrad no_grad;
    CHECK_FALSE(grad_enabled());
    CHECK_FALSE(exp(x).requires_grad());
    {
      const EnableGrad on;
      CHECK(exp(x).requires_grad());
    }
    CHECK_FALSE(grad_enabled());
  }
  CHECK(grad_enabled());
  CHECK(exp(x).requires_grad());
}

TEST_CASE("the mode comes back after an error") {
  const auto fail = [] {
    const NoGrad no_grad;
    matmul(zeros({2, 3}), zeros({2, 3}));
  };
  CHECK_THROWS_AS(fail(), ShapeError);
  CHECK(grad_enabled());
}

TEST_CASE("a backward under NoGrad works, and records only when asked to") {
  const Tensor x = leaf({2});
  const Tensor y = sum(x * x);
  const NoGrad no_grad;
  CHECK_FALSE(grad({y}, {x}, {}, {.retain_graph = true})[0].requires_grad());
  CHECK(grad({y}, {x}, {}, {.create_graph = true})[0].requires_grad());
}
