#include "core/autograd/engine.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// y = x, whose gradient is ones in memory that belongs to this test
struct Lends {
  static constexpr std::string_view name = "lends";
  static inline std::vector<double> memory{1, 1};
  Tensor forward(const Tensor& x) { return clone(x); }
  Tensors backward(const Tensor&) const {
    static const auto owner = std::make_shared<int>();
    return {from_blob(memory.data(), {2}, {1}, DType::float64, owner)};
  }
};

// y = x; `made` is where its gradient lies
struct Makes {
  static constexpr std::string_view name = "makes";
  static inline const double* made = nullptr;
  Tensor forward(const Tensor& x) { return clone(x); }
  Tensors backward(const Tensor& dy) const {
    const Tensor dx = clone(dy);
    made = dx.data<double>();
    return {dx};
  }
};

}  // namespace

TEST_CASE("backward sums over all paths of a diamond") {
  const Tensor x = tensor({3}, DType::float64).requires_grad_();
  const Tensor left = x * 2.0, right = x * x;
  sum(left * right + right).backward();  // 2x³ + x², whose derivative is 6x² + 2x
  CHECK(values(x.grad()) == std::vector<double>{6 * 9 + 2 * 3});
}

TEST_CASE("a tensor that is both inputs of an operation gets both gradients") {
  const Tensor x = leaf({3, 3});
  const Tensor dy = normal({3, 3}, 1);
  matmul(x, x).backward(dy);
  const Tensor a = x.detach(), t = transpose(a, 0, 1);
  CHECK(largest_difference(x.grad(), matmul(dy, t) + matmul(t, dy)) < 1e-14);  // a few roundings

  const Tensor y = leaf({4});
  (y - y).backward(normal({4}, 1));
  CHECK(values(y.grad()) == std::vector<double>(4, 0));
}

TEST_CASE("two backwards accumulate, and leave the caller's gradient alone") {
  const Tensor x = leaf({2});
  const Tensor dy = tensor({1, 10}, DType::float64);
  (x * 3.0).backward(dy);
  (x * 4.0).backward(dy);
  CHECK(values(x.grad()) == std::vector<double>{7, 70});
  x.backward(dy);  // the leaf itself: its gradient must not become the caller's memory
  x.backward(dy);
  CHECK(values(x.grad()) == std::vector<double>{9, 90});
  CHECK(values(dy) == std::vector<double>{1, 10});
}

TEST_CASE("a second gradient is added to the first in place, unless others see that memory") {
  const Tensor x = leaf({2}), w = tensor({1, 2}, DType::float64);
  const Tensor h = x * 1.0;
  const double* arrived = nullptr;
  h.register_hook([&](const Tensor& dh) {
    arrived = dh.data<double>();
    return dh;
  });
  const Tensor early = h * w;  // made first, so that its gradient comes second
  SECTION("a new tensor") {
    sum(early + apply(Makes{}, h)).backward();
    CHECK(arrived == Makes::made);
    CHECK(values(x.grad()) == std::vector<double>{2, 3});
  }
  SECTION("one that went to two inputs") {
    const Tensor other = leaf({2});
    sum(early + (h + other)).backward();
    CHECK(values(x.grad()) == std::vector<double>{2, 3});
    CHECK(values(other.grad()) == std::vector<double>{1, 1});
  }
  SECTION("memory of the operation's") {
    sum(early + apply(Lends{}, h)).backward();
    CHECK(values(x.grad()) == std::vector<double>{2, 3});
    CHECK(Lends::memory == std::vector<double>{1, 1});
  }
}

TEST_CASE("gradients recorded by create_graph accumulate as well") {
  const Tensor x = leaf({2, 2});
  const Tensor one = ones({}, DType::float64);
  sum(x).backward(one, false, true);  // the gradient that arrives is a stretched scalar
  sum(x * 2.0).backward();
  CHECK(values(x.grad()) == std::vector<double>(4, 3));
  CHECK(values(one) == std::vector<double>{1});
}

TEST_CASE("a second backward needs retain_graph, and is equal bit for bit") {
  const Tensor x = leaf({4, 5});
  const Tensor y = sum(softmax(tanh(x), 1) * x);
  const BackwardOptions keep{.retain_graph = true};
  const Tensor first = grad({y}, {x}, {}, keep)[0];
  const Tensor second = grad({y}, {x}, {}, keep)[0];
  const Tensor last = grad({y}, {x})[0];
  CHECK(bit_equal(first, second));
  CHECK(bit_equal(first, last));
  CHECK_THROWS_AS(grad({y}, {x}), GradError);
  CHECK_THROWS_WITH(y.backward(), ContainsSubstring("sum: backward ran through it already") &&
                                      ContainsSubstring("retain_graph = true"));
}

TEST_CASE("grad returns the gradient of an intermediate and touches no leaf") {
  const Tensor x = leaf({3});
  const Tensor h = exp(x);
  const Tensors d = grad({sum(h * h)}, {h, x}, {}, {.retain_graph = true});
  CHECK(largest_difference(d[0], 2.0 * h) < 1e-14);
  CHECK(largest_difference(d[1], 2.0 * h * h) < 1e-13);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("grad runs no operation below the intermediate that it was asked for") {
  const Tensor x = leaf({3});
  const Tensor h = exp(x);
  grad({sum(h * 2.0)}, {h});
  sum(h).backward();  // what exp saved is still there
  CHECK(largest_difference(x.grad(), exp(x.detach())) < 1e-14);
}

TEST_CASE("grad of an output with respect to itself is its cotangent") {
  const Tensor x = leaf({2});
  const Tensor dy = normal({2}, 1);
  CHECK(bit_equal(grad({x}, {x}, {dy})[0], dy));
  const Tensor y = x * 2.0;
  CHECK(bit_equal(grad({y}, {y}, {dy})[0], dy));
}

TEST_CASE("grad of several outputs adds them up") {
  const Tensor x = leaf({2});
  const Tensor first = normal({2}, 1), second = normal({2}, 2);
  const Tensor d = grad({x * 2.0, x * 3.0}, {x}, {first, second})[0];
  CHECK(largest_difference(d, 2.0 * first + 3.0 * second) < 1e-14);
}

TEST_CASE("an unused input is an error, unless allowed") {
  const Tensor x = leaf({2}), unused = leaf({2}, 1);
  const Tensor y = sum(x);
  CHECK_THROWS_WITH(
      grad({y}, {x, unused}, {}, {.retain_graph = true}),
      ContainsSubstring("do not depend on input 1") && ContainsSubstring("allow_unused = true"));
  const Tensors d = grad({y}, {x, unused}, {}, {.allow_unused = true});
  CHECK(d[0].defined());
  CHECK_FALSE(d[1].defined());
}

TEST_CASE("misuse of backward is explained") {
  const Tensor x = leaf({2});
  CHECK_THROWS_WITH(x.backward(), ContainsSubstring("the output has shape [2]; give a gradient"));
  CHECK_THROWS_WITH(x.backward(zeros({3}, DType::float64)),
                    ContainsSubstring("the output has shape [2], its gradient [3]"));
  CHECK_THROWS_WITH(x.backward(zeros({2})),
                    ContainsSubstring("the output holds float64, its gradient float32"));
  CHECK_THROWS_WITH(zeros({1}).backward(),
                    ContainsSubstring("output 0 does not depend on anything that requires"));
  CHECK_THROWS_WITH(backward({x, x}, {x}), ContainsSubstring("2 outputs and 1 gradients"));
  CHECK_THROWS_WITH(grad({x}, {zeros({2})}, {x.detach()}),
                    ContainsSubstring("input 0 does not require a gradient"));
}

TEST_CASE("create_graph goes to the third order") {
  const Tensor x = tensor({1.5, -2}, DType::float64).requires_grad_();
  Tensor y = sum(pow(x, 4) + x * exp(x));
  // f = x⁴ + x·eˣ,  f' = 4x³ + (x + 1)eˣ,  f'' = 12x² + (x + 2)eˣ,  f''' = 24x + (x + 3)eˣ
  Tensors orders;
  for (int order = 0; order < 3; ++order) {
    orders.push_back(grad({y}, {x}, {}, {.create_graph = true})[0]);
    y = sum(orders.back());
  }
  const Tensor v = x.detach(), e = exp(v);
  const double tolerance = 1e-13;  // values up to 60, a dozen roundings
  CHECK(largest_difference(orders[0], 4.0 * pow(v, 3) + (v + 1.0) * e) < tolerance);
  CHECK(largest_difference(orders[1], 12.0 * pow(v, 2) + (v + 2.0) * e) < tolerance);
  CHECK(largest_difference(orders[2], 24.0 * v + (v + 3.0) * e) < tolerance);
}

TEST_CASE("the gradient of a broadcast operand is summed to its shape") {
  const Tensor a = leaf({2, 1, 3}), b = leaf({4, 1}, 1), c = leaf({}, 2);
  const Tensor dy = normal({2, 4, 3}, 3);
  (a * b + c).backward(dy);
  CHECK(largest_difference(a.grad(), sum(dy * b.detach(), {1}, true)) < 1e-13);
  CHECK(largest_difference(b.grad(), reshape(sum(dy * a.detach(), {0, 2}), {4, 1})) < 1e-13);
  CHECK(largest_difference(c.grad(), sum(dy)) < 1e-13);
}

TEST_CASE("leaf gradients have memory of their own") {
  const Tensor a = leaf({2}), b = leaf({2}, 1);
  (a + b).backward(ones({2}, DType::float64));  // both get the same cotangent
  a.grad().fill_(5);
  CHECK(values(b.grad()) == std::vector<double>{1, 1});
}
