#include "core/autograd/saved.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// Runs f, changes `saved` in place, and gives the message of the backward that follows.
std::string message_after_change(const Tensor& y, const Tensor& saved) {
  {
    const NoGrad no_grad;
    Tensor(saved).fill_(0);
  }
  try {
    y.backward(ones_like(y));
  } catch (const GradError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("backward refuses a saved tensor that was changed in place, and names the operation") {
  const Tensor x = leaf({3, 4});
  const Tensor w = normal({4, 4}, 1);

  SECTION("inputs") {
    CHECK_THAT(message_after_change(x * x, x), ContainsSubstring("mul: a tensor of shape [3, 4]"));
    CHECK_THAT(message_after_change(matmul(x, w), w),
               ContainsSubstring("matmul: a tensor of shape [4, 4] that was saved for backward has "
                                 "been changed in place"));
    CHECK_THAT(message_after_change(gelu(x), x), ContainsSubstring("gelu:"));
    CHECK_THAT(message_after_change(linear(x, w), w), ContainsSubstring("linear:"));
  }
  SECTION("outputs") {
    const Tensor y = exp(x);
    CHECK_THAT(message_after_change(y, y), ContainsSubstring("exp:"));
    const Tensor p = softmax(x, -1);
    CHECK_THAT(message_after_change(p, p), ContainsSubstring("softmax:"));
  }
  SECTION("through a view of the memory") {
    CHECK_THAT(message_after_change(matmul(x, w), select(w, 0, 0)), ContainsSubstring("matmul:"));
  }
  SECTION("masks and indices") {
    const Tensor mask = gt(w, zeros({}, DType::float64));
    CHECK_THAT(message_after_change(where(mask, narrow(x, 0, 0, 1), w), mask),
               ContainsSubstring("where:"));
    const Tensor index = integers({2, 1, 0});
    CHECK_THAT(message_after_change(index_select(x, 0, index), index),
               ContainsSubstring("index_select:"));
    CHECK_THAT(message_after_change(index_add({3, 4}, index, x), index),
               ContainsSubstring("index_add:"));
    CHECK_THAT(message_after_change(cross_entropy(x, index), index),
               ContainsSubstring("cross_entropy:"));
    const Tensor q = leaf({1, 2, 1, 4}, 2), key_bias = zeros({1, 2}, DType::float64);
    const Tensor out = attention(q, q, q, {.key_bias = key_bias});
    const auto again = [&] { grad({out}, {q}, {ones_like(out)}, {.create_graph = true}); };
    Tensor(key_bias).fill_(1);
    CHECK_THROWS_WITH(again(), ContainsSubstring("attention:"));
  }
}

TEST_CASE("a change of what no operation saved is nobody's business") {
  const Tensor x = leaf({3});
  const Tensor h = x + 1.0;
  const Tensor y = h * 2.0;
  {
    const NoGrad no_grad;
    Tensor(y).fill_(0);
  }
  sum(y).backward();
  CHECK(values(x.grad()) == std::vector<double>(3, 2));
}

TEST_CASE("a saved output read in backward is the output, with its graph") {
  const Tensor x = leaf({3});
  const Tensor dx = grad({sum(exp(x))}, {x}, {}, {.create_graph = true})[0];  // eˣ, from the output
  CHECK(largest_difference(grad({sum(dx)}, {x})[0], exp(x.detach())) < 1e-14);
}

TEST_CASE("Saved outside of a backward") {
  CHECK_FALSE(Saved().defined());
  CHECK_FALSE(Saved(Tensor()).get().defined());
  const Tensor x = normal({2});
  const Saved saved = x;
  CHECK(bit_equal(saved.get(), x));
  Tensor(x).fill_(1);
  CHECK_THROWS_AS(saved.get(), GradError);
}
