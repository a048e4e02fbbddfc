// Hooks on tensors, and retain_grad().
#include "core/autograd/hooks.hpp"

#include "core/tensor/allocator.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

using Values = std::vector<double>;

const Tensor keep_as_it_is;  // undefined

}  // namespace

TEST_CASE("a hook sees the sum of all that arrives, once, and before it flows on") {
  const Tensor x = tensor({1, 2}, DType::float64).requires_grad_();
  const Tensor h = x * 3.0;
  std::vector<Values> seen;
  h.register_hook([&](const Tensor& dh) {
    seen.push_back(values(dh));
    CHECK_FALSE(x.grad().defined());
    return keep_as_it_is;
  });
  sum(h * 2.0 + h * 5.0).backward();
  CHECK(seen == std::vector<Values>{{7, 7}});
  CHECK(values(x.grad()) == Values{21, 21});
}

TEST_CASE("hooks replace the gradient, one after the other") {
  const Tensor x = tensor({1, 2}, DType::float64).requires_grad_();
  const Tensor h = x * 3.0;
  h.register_hook([](const Tensor& dh) { return dh + 1.0; });
  h.register_hook([](const Tensor& dh) { return dh * 10.0; });
  h.retain_grad();
  const Tensor y = sum(h);
  CHECK(values(grad({y}, {x}, {}, {.retain_graph = true})[0]) == Values{60, 60});
  CHECK(values(grad({y}, {h}, {}, {.retain_graph = true})[0]) == Values{20, 20});
  Tensor(h).set_grad({});
  y.backward();
  CHECK(values(h.grad()) == Values{20, 20});
  CHECK(values(x.grad()) == Values{60, 60});
}

TEST_CASE("a leaf keeps its hooks from one graph to the next") {
  const Tensor x = tensor({1, 2}, DType::float64).requires_grad_();
  const HookHandle handle = x.register_hook([](const Tensor& dx) { return dx * 5.0; });
  sum(x * 2.0).backward();
  CHECK(values(x.grad()) == Values{10, 10});
  CHECK(values(grad({sum(x * 2.0)}, {x})[0]) == Values{10, 10});
  handle.remove();
  handle.remove();
  sum(x).backward();
  CHECK(values(x.grad()) == Values{11, 11});
}

TEST_CASE("a hook may remove itself, and lives on without the tensor and its handle") {
  const Tensor x = tensor({1}, DType::float64).requires_grad_();
  int calls = 0;
  HookHandle handle;
  Tensor y;
  {
    const Tensor h = x * 2.0;
    handle = h.register_hook([&](const Tensor&) {
      ++calls;
      handle.remove();
      return keep_as_it_is;
    });
    y = sum(h);
  }
  backward({y}, {}, {.retain_graph = true});
  y.backward();
  CHECK(calls == 1);
  y = {};
  handle.remove();  // of a node that is gone
}

TEST_CASE("a hook of a tensor that no gradient reaches is not called") {
  const Tensor x = leaf({2});
  const Tensor used = x * 2.0, unused = x * 3.0;
  unused.register_hook([](const Tensor&) -> Tensor { throw Error("called"); });
  CHECK_NOTHROW(sum(used).backward());
}

TEST_CASE("what a hook computes is recorded under create_graph") {
  const Tensor x = tensor({3}, DType::float64).requires_grad_();
  x.register_hook([&](const Tensor& dx) { return dx * x; });  // 2x → 2x²
  const Tensor dx = grad({x * x}, {x}, {}, {.create_graph = true})[0];
  CHECK(values(dx) == Values{18});
  x.register_hook([](const Tensor& ddx) { return ddx * 0.5; });
  CHECK(values(grad({dx}, {x})[0]) == Values{0.5 * 3 * 12});  // both hooks again: of 4x
  sum(x).backward();
  CHECK_FALSE(x.grad().requires_grad());
}

TEST_CASE("retain_grad keeps the gradient of a result, and adds up as a leaf does") {
  const Tensor x = tensor({1, 2}, DType::float64).requires_grad_();
  const Tensor h = x * 3.0;
  CHECK_FALSE(h.grad().defined());
  const Tensor y = sum(h.retain_grad() * h);
  backward({y}, {}, {.retain_graph = true});
  CHECK(values(h.grad()) == Values{6, 12});
  y.backward();
  CHECK(values(h.grad()) == Values{12, 24});
  h.grad().fill_(0);  // memory of its own
  CHECK(values(x.grad()) == Values{36, 72});
  CHECK_NOTHROW(x.retain_grad());  // a leaf does so anyhow
}

TEST_CASE("retaining a gradient keeps no graph alive") {
  const Tensor x = leaf({8});
  const size_t before = memory_stats().current;
  {
    const Tensor h = exp(x).retain_grad();
    sum(h * h).backward();
    Tensor(x).set_grad({});
  }
  CHECK(memory_stats().current == before);
}

TEST_CASE("misuse of hooks is explained") {
  const Tensor plain = zeros({2});
  CHECK_THROWS_WITH(plain.register_hook([](const Tensor& dx) { return dx; }),
                    ContainsSubstring("register_hook: the tensor requires no gradient"));
  CHECK_THROWS_WITH(plain.retain_grad(),
                    ContainsSubstring("retain_grad: the tensor requires no gradient"));
  const Tensor x = leaf({2});
  const HookHandle handle = x.register_hook([](const Tensor& dx) { return sum(dx); });
  CHECK_THROWS_WITH(sum(x).backward(),
                    ContainsSubstring("the hook was given Tensor(float64, [2]) and returned "
                                      "Tensor(float64, [])"));
  handle.remove();
  x.register_hook([](const Tensor& dx) { return to(dx, DType::float32); });
  CHECK_THROWS_WITH(sum(x).backward(), ContainsSubstring("returned Tensor(float32, [2])"));
}
