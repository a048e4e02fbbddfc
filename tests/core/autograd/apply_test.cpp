// Operations that a user defines, in the ways that the header promises.
#include "core/autograd/apply.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// [first half, second half] of a vector, and how many elements each has
struct Halves {
  static constexpr std::string_view name = "halves";
  static inline int backward_calls = 0;
  Tensors forward(const Tensor& x) {
    const int64_t half = x.size(0) / 2;
    return {clone(narrow(x, 0, 0, half)), clone(narrow(x, 0, half, half)),
            full({}, static_cast<double>(half), DType::int64)};
  }
  Tensors backward(const Tensors& dy) const {
    ++backward_calls;
    return {cat({dy[0], dy[1]})};
  }
};

// y = exp(a) · b, both outputs: the first is saved, and read by the second's gradient
struct ExpAndProduct {
  static constexpr std::string_view name = "exp_and_product";
  Saved e{}, b{};
  Tensors forward(const Tensor& a, const Tensor& b_in) {
    const Tensor result = exp(a);
    e = result, b = b_in;
    return {result, result * b_in};
  }
  Tensors backward(const Tensors& dy) const { return {(dy[0] + dy[1] * b) * e, dy[1] * e}; }
};

// Σ_k x_k, of a list
struct AddAll {
  static constexpr std::string_view name = "add_all";
  size_t count = 0;
  Tensor forward(const Tensors& x) {
    count = x.size();
    Tensor total = zeros_like(x[0]);
    for (const Tensor& term : x) total = total + term;
    return total;
  }
  Tensors backward(const Tensor& dy) const { return Tensors(count, dy); }
};

// Notes which gradients its backward is asked for.
struct Asked {
  static constexpr std::string_view name = "asked";
  static inline std::vector<bool> wanted;
  Tensor forward(const Tensor& a, const Tensor& b) { return a + b; }
  Tensors backward(const Tensor& dy) const {
    wanted = {needs_grad(0), needs_grad(1)};
    return {dy, dy};
  }
};

// Returns whatever it is told to.
struct Returns {
  static constexpr std::string_view name = "returns";
  Tensors gradients{};
  Tensor forward(const Tensor& x) { return clone(x); }
  Tensors backward(const Tensor&) const { return gradients; }
};

}  // namespace

TEST_CASE("an operation may have several outputs") {
  const Tensor x = leaf({4});
  Halves::backward_calls = 0;
  const Tensors y = apply(Halves{}, x);
  CHECK_FALSE(y[2].requires_grad());  // int64 has no gradient
  CHECK(y[2].item<int64_t>() == 2);

  SECTION("all used: one backward for both") {
    sum(y[0] * 2.0 + y[1] * 3.0).backward();
    CHECK(values(x.grad()) == std::vector<double>{2, 2, 3, 3});
    CHECK(Halves::backward_calls == 1);
  }
  SECTION("an output that nobody used counts as zero") {
    sum(y[1]).backward();
    CHECK(values(x.grad()) == std::vector<double>{0, 0, 1, 1});
  }
  SECTION("grad with respect to one of them") {
    const Tensor d = grad({sum(y[0] * y[1])}, {y[1]})[0];
    CHECK(bit_equal(d, y[0]));
  }
}

TEST_CASE("an operation with several outputs may save one of them") {
  const auto f = [](const Tensors& x) {
    const Tensors y = apply(ExpAndProduct{}, x[0], x[1]);
    return y[0] * y[1];
  };
  const Tensors inputs{normal({3}), normal({3}, 1)};
  CHECK(gradcheck(f, inputs).passed);
  CHECK(gradgradcheck(f, inputs).passed);
}

TEST_CASE("an operation may take a list") {
  const Tensors x{leaf({2}), normal({2}, 1), leaf({2}, 2)};
  gradus::apply(AddAll{}, x).backward(ones({2}, DType::float64));
  CHECK(x[0].grad().defined());
  CHECK_FALSE(x[1].grad().defined());
  CHECK(x[2].grad().defined());
}

TEST_CASE("an input that needs no gradient gets none, and backward is told") {
  const Tensor a = leaf({2}), b = normal({2}, 1);
  apply(Asked{}, a, b).backward(ones({2}, DType::float64));
  CHECK(Asked::wanted == std::vector<bool>{true, false});
  CHECK_FALSE(b.grad().defined());
  apply(Asked{}, b, a).backward(ones({2}, DType::float64));
  CHECK(Asked::wanted == std::vector<bool>{false, true});
  CHECK(needs_grad(5));  // outside of a backward: nothing is known
}

TEST_CASE("nothing is recorded when no input requires a gradient") {
  const Tensor y = apply(Asked{}, normal({2}), normal({2}, 1));
  CHECK_FALSE(y.requires_grad());
  CHECK(y.is_leaf());
}

TEST_CASE("a backward that returns nonsense is named") {
  const Tensor x = leaf({2, 3});
  const auto back = [&](const Tensors& gradients) {
    const Tensor y = apply(Returns{gradients}, x);
    y.backward(ones_like(y));
  };
  CHECK_THROWS_WITH(back({}), ContainsSubstring("returns: backward returned 0 gradients for 1"));
  CHECK_THROWS_WITH(back({zeros({2, 3})}),
                    ContainsSubstring("returns: backward returned float32 for input 0, which holds "
                                      "float64"));
  CHECK_THROWS_WITH(back({normal({4})}),
                    ContainsSubstring("returns: backward returned a gradient of shape [4] for "
                                      "input 0 of shape [2, 3]"));
  CHECK_THROWS_WITH(back({normal({3})}), ContainsSubstring("returns: backward returned"));
  back({normal({5, 2, 3})});  // the engine sums what was broadcast
  CHECK(x.grad().shape() == Shape{2, 3});
  Tensor(x).set_grad({});
  back({Tensor()});  // undefined: none
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("only leaves of a floating dtype can ask for a gradient") {
  const Tensor x = leaf({2});
  CHECK_THROWS_WITH(exp(x).requires_grad_(),
                    ContainsSubstring("this tensor is the result of 'exp'"));
  CHECK_THROWS_WITH(arange(3).requires_grad_(),
                    ContainsSubstring("only float32 and float64 have gradients, got int64"));
  CHECK_FALSE(argmax(x, 0).requires_grad());
  CHECK_FALSE(to(x, DType::int64).requires_grad());
  CHECK_FALSE(gt(x, x * 2.0).requires_grad());
  CHECK_FALSE(x.detach().requires_grad());
  CHECK_THROWS_WITH(x.detach().set_grad(zeros({3}, DType::float64)),
                    ContainsSubstring("the tensor has shape [2], the gradient [3]"));
  CHECK_THROWS_WITH(x.detach().set_grad(zeros({2})),
                    ContainsSubstring("the tensor holds float64, the gradient float32"));
}
