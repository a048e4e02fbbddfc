#include "core/ops/scaled_dot_product_attention.hpp"

#include "core/ops/attention.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// Whether the graph of y runs through the fused operation.
bool is_fused(const Tensor& y) {
  for (std::shared_ptr<Node> node = y.grad_fn(); node; node = node->edges()[0].node) {
    if (node->name() == "attention") return true;
    if (node->edges().empty()) break;
  }
  return false;
}

}  // namespace

TEST_CASE("the fused form and the textbook's agree, also in what they drop") {
  const Tensor q = leaf({2, 2, 3, 4}), k = leaf({2, 2, 5, 4}, 1), v = leaf({2, 2, 5, 4}, 2);
  const Tensor keys = gt(normal({2, 1, 1, 5}, 3), zeros({}, DType::float64));
  const Tensor everywhere = keys.expand({2, 2, 3, 5});  // the same mask, not of the fused shape
  const auto with = [&](const Tensor& mask) {
    return scaled_dot_product_attention(
        q, k, v, {.attn_mask = mask, .dropout_p = 0.4, .stream = {.seed = 5, .stream = 6}});
  };
  CHECK(is_fused(with(keys)));
  CHECK_FALSE(is_fused(with(everywhere)));
  CHECK(largest_difference(with(keys), with(everywhere)) < 1e-14);
  const Tensor dy = normal({2, 2, 3, 4}, 4);
  const Tensors fused = grad({with(keys)}, {q, k, v}, {dy});
  const Tensors textbook = grad({with(everywhere)}, {q, k, v}, {dy});
  for (size_t i = 0; i < 3; ++i) CHECK(largest_difference(fused[i], textbook[i]) < 1e-14);
}

TEST_CASE("a causal query sees itself and what came before") {
  const Tensor q = normal({3, 4}), k = normal({3, 4}, 1), v = normal({3, 2}, 2);
  const Tensor y = scaled_dot_product_attention(q, k, v, {.is_causal = true});
  CHECK(largest_difference(y.narrow(0, 0, 1), v.narrow(0, 0, 1)) < 1e-15);
  const Tensor two =
      scaled_dot_product_attention(q.narrow(0, 1, 1), k.narrow(0, 0, 2), v.narrow(0, 0, 2));
  CHECK(largest_difference(y.narrow(0, 1, 1), two) < 1e-15);
  const Tensor lower = gt(arange(3).view({3, 1}) + scalar(1, DType::int64), arange(3));
  CHECK(bit_equal(y, scaled_dot_product_attention(q, k, v, {.attn_mask = lower})));
}

TEST_CASE("masks of numbers are added to the scores") {
  const Tensor q = normal({2, 4}), k = normal({3, 4}, 1), v = normal({3, 4}, 2);
  const Tensor bias = tensor({0, -kInf, 0}, DType::float64);
  const Tensor mask = gt(tensor({1, 0, 1}), scalar(0));
  CHECK(bit_equal(scaled_dot_product_attention(q, k, v, {.attn_mask = bias}),
                  scaled_dot_product_attention(q, k, v, {.attn_mask = mask})));
}

TEST_CASE("a query without any key gets 0, and its gradient no NaN") {
  const Tensor x = leaf({2, 3});
  const Tensor mask = gt(tensor({0, 0, 1, 1}), scalar(0)).view({2, 2});
  const Tensor y = scaled_dot_product_attention(x, x, x, {.attn_mask = mask});
  CHECK(values(y.select(0, 0)) == std::vector<double>{0, 0, 0});
  CHECK(all_finite(grad({y}, {x}, {ones_like(y)})[0]));
}

TEST_CASE("misuse of scaled_dot_product_attention is explained") {
  const Tensor q = zeros({2, 3});
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, zeros({2, 4}), q),
                    ContainsSubstring("scaled_dot_product_attention: q [2, 3], k [2, 4] and v "
                                      "[2, 3] must be"));
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, q, q, {.attn_mask = zeros({3})}),
                    ContainsSubstring("attn_mask [3] does not broadcast to the scores [2, 2]"));
  CHECK_THROWS_WITH(
      scaled_dot_product_attention(q, q, q, {.attn_mask = zeros({2}), .is_causal = true}),
      ContainsSubstring("is_causal makes a mask of its own"));
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, q, q, {.dropout_p = 1}),
                    ContainsSubstring("dropout_p must be in [0, 1), got 1"));
  CHECK_THROWS_WITH(
      scaled_dot_product_attention(q, q, q, {.attn_mask = zeros({2}, DType::float64)}),
      ContainsSubstring("dtypes differ: float32 and float64"));
}
