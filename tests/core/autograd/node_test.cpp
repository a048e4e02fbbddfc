// How long graphs live: freed with the last result, without recursion, and without leaks.
#include "core/autograd/node.hpp"

#include "core/tensor/allocator.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// A recursion of this depth would need far more stack than there is: some hundred megabytes, or with the
// address sanitizer, under which a chain takes long, some tens.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kDeep = 100'000;
#else
constexpr int kDeep = 1'000'000;
#endif

Tensor deep_chain(const Tensor& x) {
  Tensor y = x;
  for (int i = 0; i < kDeep; ++i) y = view(y, {});
  return y;
}

}  // namespace

TEST_CASE("a deep chain of operations backs up and is freed") {
  const Tensor x = scalar(2, DType::float64).requires_grad_();
  {
    const Tensor y = deep_chain(x);
    y.backward();
  }
  CHECK(values(x.grad()) == std::vector<double>{1});
}

TEST_CASE("a deep chain of operations is freed without backward") {
  const Tensor x = scalar(2).requires_grad_();
  std::weak_ptr<Node> bottom;
  {
    const Tensor y = view(x, {});
    bottom = y.grad_fn();
    deep_chain(y);
  }
  CHECK(bottom.expired());
}

TEST_CASE("a deep chain whose operations save their inputs is freed") {
  const Tensor x = scalar(1).requires_grad_();
  std::weak_ptr<Node> bottom;
  {
    Tensor y = x * x;
    bottom = y.grad_fn();
    for (int i = 0; i < 100'000; ++i) y = y * x;
  }
  CHECK(bottom.expired());
}

TEST_CASE("no operation leaks memory, with or without backward") {
  for (const OpInfo& op : op_registry()) {
    for (const Sample& sample : op.samples()) {
      INFO(op.name << ", " << sample.name);
      const auto run = [&](bool backward, bool twice) {
        Tensors leaves;
        for (const Tensor& input : sample.inputs) leaves.push_back(input.clone().requires_grad_());
        const Tensor y = sample.function(leaves);
        if (backward) y.backward(ones_like(y), true);
        if (twice) {
          const Tensors dx = grad({y}, leaves, {ones_like(y)}, {.create_graph = true});
          if (dx[0].requires_grad()) dx[0].backward(ones_like(dx[0]), true);
        }
      };
      const size_t before = memory_stats().current;
      run(false, false);
      CHECK(memory_stats().current == before);
      run(true, false);
      CHECK(memory_stats().current == before);
      run(true, true);
      CHECK(memory_stats().current == before);
    }
  }
}

TEST_CASE("backward frees what was saved, though the result lives on") {
  const Tensor x = leaf({1 << 10});
  const size_t before = memory_stats().current;
  const Tensor y = sum(exp(tanh(x)));
  CHECK(memory_stats().current >= before + 2 * (1 << 10) * sizeof(double));
  Tensor(x).set_grad({});
  y.backward();
  Tensor(x).set_grad({});
  CHECK(memory_stats().current <= before + 128);  // y alone
}

TEST_CASE("a node knows its name, its inputs and its outputs") {
  const Tensor x = leaf({2, 3});
  const Tensor y = matmul(x, zeros({3, 4}, DType::float64));
  REQUIRE(y.grad_fn());
  CHECK(y.grad_fn()->name() == "matmul");
  REQUIRE(y.grad_fn()->edges().size() == 2);
  CHECK(y.grad_fn()->edges()[0].node->name() == "leaf");
  CHECK_FALSE(y.grad_fn()->edges()[1].node);
  CHECK(y.grad_fn()->inputs()[0].shape == Shape{2, 3});
  CHECK(y.grad_fn()->outputs()[0].shape == Shape{2, 4});
  CHECK_FALSE(y.is_leaf());
  CHECK(x.is_leaf());
}
