#include "core/ops/attention.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// Masks the keys from `length` on.
Tensor padding(int64_t seq, int64_t length) {
  const Tensor bias = zeros({1, seq}, DType::float64);
  bias.narrow(1, length, seq - length).fill_(-kInf);
  return bias;
}

}  // namespace

TEST_CASE("keys that are masked change neither results nor gradients") {
  const Tensor q = leaf({1, 4, 2, 3}), k = leaf({1, 5, 2, 3}, 1), v = leaf({1, 5, 2, 3}, 2);
  const Tensor dy = normal({1, 4, 2, 3}, 3);
  const Tensor y = attention(q, k, v, {.key_bias = padding(5, 3)});
  const Tensors d = grad({y}, {q, k, v}, {dy});

  const Tensor few = attention(q, k.narrow(1, 0, 3), v.narrow(1, 0, 3), {});
  CHECK(largest_difference(y, few) < 1e-14);
  const Tensors expected = grad({few}, {q, k, v}, {dy});
  for (size_t i = 0; i < 3; ++i) CHECK(largest_difference(d[i], expected[i]) < 1e-14);
  CHECK(values(d[1].narrow(1, 3, 2)) == std::vector<double>(12, 0));
}

TEST_CASE("a query whose keys are all masked gets 0, in both forms, and no NaN") {
  const Tensor x = leaf({1, 2, 1, 3});
  const AttentionOptions options{.key_bias = padding(2, 0)};
  for (const auto f : {attention, textbook::attention}) {
    const Tensor y = f(x, x, x, options);
    CHECK(values(y) == std::vector<double>(6, 0));
    CHECK(all_finite(grad({y}, {x}, {ones_like(y)})[0]));
  }
}

TEST_CASE("attention weights sum to 1, and mix the values") {
  const Tensor q = normal({2, 3, 2, 4}), k = normal({2, 5, 2, 4}, 1), v = normal({2, 5, 2, 4}, 2);
  const Tensor weights = attention_weights(q, k);
  CHECK(weights.shape() == Shape{2, 2, 3, 5});
  const Tensor total = sum(weights, {-1});
  CHECK(largest_difference(total, ones_like(total)) < 1e-14);
  const Tensor mixed = permute(matmul(weights, permute(v, {0, 2, 1, 3})), {0, 2, 1, 3});
  CHECK(largest_difference(attention(q, k, v, {}), mixed) < 1e-14);
}

TEST_CASE("attention over nothing") {
  const Tensor none = zeros({0, 3, 2, 4}), q = zeros({1, 2, 1, 3}),
               no_queries = zeros({1, 0, 1, 3});
  CHECK(attention(none, none, none, {}).shape() == Shape{0, 3, 2, 4});
  CHECK(attention(no_queries, q, q, {}).shape() == Shape{1, 0, 1, 3});
  CHECK(values(attention(q, no_queries, no_queries, {})) == std::vector<double>(6, 0));
}

TEST_CASE("misuse of attention is explained") {
  const Tensor q = zeros({1, 2, 3, 4});
  CHECK_THROWS_WITH(
      attention(q, zeros({1, 2, 3, 5}), q, {}),
      ContainsSubstring("attention: q [1, 2, 3, 4], k [1, 2, 3, 5] and v [1, 2, 3, 4]"));
  CHECK_THROWS_AS(attention(zeros({2, 3}), q, q, {}), ShapeError);
  CHECK_THROWS_WITH(
      attention(q, q, q, {.key_bias = zeros({2, 2})}),
      ContainsSubstring("attention: key_bias [2, 2] must be [batch, seq_k] = [1, 2]"));
  CHECK_THROWS_WITH(attention(q, q, q, {.key_bias = zeros({1, 2}, DType::boolean)}),
                    ContainsSubstring("attention: dtypes differ: q holds float32, k float32, v "
                                      "float32, key_bias bool"));
  CHECK_THROWS_WITH(attention(q, q, q, {.p = -0.1}),
                    ContainsSubstring("the dropout probability must be in [0, 1), got -0.1"));
}

TEST_CASE("attention's memory grows with the length of a sequence, not with its square") {
  // what a forward and backward take at most, beyond what lives already
  const auto peak_bytes = [](int64_t seq) {
    const Tensor x = ones({1, seq, 2, 8}).requires_grad_();
    reset_peak_memory();
    const size_t before = memory_stats().current;
    attention(x, x, x, {}).backward(ones({1, seq, 2, 8}));
    return static_cast<double>(memory_stats().peak - before);
  };
  peak_bytes(2048);
  CHECK(peak_bytes(4096) / peak_bytes(2048) < 2.1);
}
