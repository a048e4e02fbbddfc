// Activation checkpointing against the plain call, bit for bit.
#include "core/autograd/checkpoint.hpp"

#include "core/tensor/allocator.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

using Function = std::function<Tensor(const Tensors&)>;

Tensor plain(const Function& f, const Tensors& x) { return f(x); }
Tensor checkpointed(const Function& f, const Tensors& x) {
  return checkpoint([f](const Tensors& in) { return Tensors{f(in)}; }, x)[0];
}

struct Run {
  Tensor y;
  Tensors gradients;
  uint64_t position;  // of the generator, in the end
};

// The loss sum(y²)'s gradients, from the same state of the generator.
Run run(decltype(plain) call, const Function& f, const Tensors& inputs, const Tensors& wanted) {
  manual_seed(3);
  const Tensor y = call(f, inputs);
  const Tensors gradients = grad({sum(y * y)}, wanted, {}, {.retain_graph = true});
  return {y, gradients, default_generator().position()};
}

void check_equal(const Function& f, const Tensors& inputs, const Tensors& wanted) {
  const Run expected = run(plain, f, inputs, wanted), got = run(checkpointed, f, inputs, wanted);
  CHECK(bit_equal(got.y, expected.y));
  for (size_t i = 0; i < wanted.size(); ++i) {
    CHECK(bit_equal(got.gradients[i], expected.gradients[i]));
  }
  CHECK(got.position == expected.position);
}

Tensor drop(const Tensor& x) { return dropout(x, 0.5, default_generator().next()); }

}  // namespace

TEST_CASE("a checkpoint equals the plain call, dropout and captured parameters included") {
  const Tensor x = leaf({4, 6}), w = leaf({6, 6}, 1), bias = leaf({6}, 2);
  const auto layer = [&](const Tensors& in) {
    const Tensor h = drop(gelu(matmul(in[0], w) + bias));
    return softmax(layer_norm(h + in[0], bias + 1.0, bias, 1e-5), -1) * in[0];
  };
  check_equal(layer, {x}, {x, w, bias});
  check_equal(layer, {tanh(x)}, {x, w, bias});
  check_equal([&](const Tensors& in) { return drop(exp(in[0] * in[1])); }, {x, x}, {x});
  const auto twice = [&](const Tensors& in) { return checkpointed(layer, {layer(in)}); };
  check_equal(twice, {x}, {x, w, bias});
  const auto nested = [&](const Tensors& in) { return layer({drop(twice({exp(in[0])}))}); };
  check_equal(nested, {x}, {x, w, bias});
}

TEST_CASE("every operation gives the same gradients inside a checkpoint") {
  for (const OpInfo& op : op_registry()) {
    for (const Sample& sample : op.samples()) {
      INFO(op.name << ", " << sample.name);
      Tensors inputs;
      for (const Tensor& input : sample.inputs) inputs.push_back(input.clone().requires_grad_());
      check_equal(sample.function, inputs, inputs);
    }
  }
}

TEST_CASE("a checkpoint can be differentiated twice, and backed up twice") {
  const Tensor x = leaf({5}), w = leaf({5}, 1);
  const auto f = [&](const Tensors& in) { return exp(tanh(in[0] * w)) * in[0]; };
  const auto second_order = [&](decltype(plain) call) {
    const Tensors first = grad({sum(call(f, {x}))}, {x, w}, {}, {.create_graph = true});
    return grad({sum(first[0] * first[1])}, {x, w});
  };
  const Tensors expected = second_order(plain), got = second_order(checkpointed);
  CHECK(bit_equal(got[0], expected[0]));
  CHECK(bit_equal(got[1], expected[1]));

  const Tensor y = sum(checkpointed(f, {x}));
  const Tensor once = grad({y}, {x}, {}, {.retain_graph = true})[0];
  CHECK(bit_equal(grad({y}, {x})[0], once));
  CHECK_THROWS_WITH(grad({y}, {x}), ContainsSubstring("retain_graph = true"));
}

TEST_CASE("the function is called again once, when backward needs it") {
  int calls = 0;
  const auto f = [&](const Tensor& in) {
    ++calls;
    return exp(tanh(in));
  };
  const Tensor x = leaf({3});
  const Tensor y = sum(checkpoint(f, x));
  CHECK(calls == 1);
  y.backward();
  CHECK(calls == 2);
  const NoGrad no_grad;
  CHECK_FALSE(checkpoint(f, x).requires_grad());
  CHECK(calls == 3);
}

TEST_CASE("a chain of checkpointed layers needs less memory at its peak") {
  constexpr int kLayers = 16;
  const Tensor w = leaf({1 << 12});
  const auto layer = [&](const Tensor& in) { return tanh(exp(tanh(in * w)) * in); };
  const auto peak = [&](bool save_memory) {
    Tensor x = leaf({1 << 12}, 1);
    const size_t before = memory_stats().current;
    reset_peak_memory();
    for (int i = 0; i < kLayers; ++i) x = save_memory ? checkpoint(layer, x) : layer(x);
    sum(x).backward();
    Tensor(w).set_grad({});
    return memory_stats().peak - before;
  };
  const size_t all = peak(false), inputs_only = peak(true);
  // A layer saves four tensors besides its input, which remains.
  CHECK(inputs_only < all / 2);
  CHECK(inputs_only > kLayers * sizeof(double) * (1 << 12));
}

TEST_CASE("a checkpoint leaves no memory behind, whether or not it is backed up") {
  const Tensor x = leaf({64});
  const auto f = [&](const Tensor& in) { return exp(tanh(in)) * in; };
  const size_t before = memory_stats().current;
  checkpoint([&](const Tensor& in) { return checkpoint(f, exp(in)); }, x);
  CHECK(memory_stats().current == before);
  sum(checkpoint([&](const Tensor& in) { return checkpoint(f, exp(in)); }, x)).backward();
  Tensor(x).set_grad({});
  CHECK(memory_stats().current == before);
}

TEST_CASE("misuse of checkpoint is explained") {
  const Tensor x = leaf({3});
  int calls = 0;
  const Tensor y =
      checkpoint([&](const Tensor& in) { return ++calls == 1 ? exp(in) : sum(in); }, x);
  CHECK_THROWS_WITH(
      y.backward(ones_like(y)),
      ContainsSubstring("checkpoint: the function saved 1 tensors when it was called, "
                        "and 0 when it was called again"));

  const Tensor h = x * 1.0;
  const Tensor z = sum(checkpoint([](const Tensor& in) { return exp(in); }, h));
  {
    const NoGrad no_grad;
    Tensor(h).fill_(0);
  }
  CHECK_THROWS_WITH(z.backward(), ContainsSubstring("exp: a tensor of shape [3] that was saved for "
                                                    "backward has been changed in place"));
}
