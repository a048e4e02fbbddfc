#include "nn/attention.hpp"

#include "tests/catch.hpp"
#include "tests/nn/support.hpp"

using namespace gradus;

namespace {

// Section 3.2.2 of Vaswani et al. 2017 to the letter: each head with its own slices of the matrices.
Tensor multi_head(const nn::MultiHeadAttention& layer, const Tensor& x, const Tensor& memory,
                  const Tensor& key_bias, int64_t heads) {
  const int64_t size = x.size(2) / heads;
  Tensors outputs;
  for (int64_t i = 0; i < heads; ++i) {
    const auto project = [&](const Tensor& from, const nn::Linear& all) {
      const Tensor rows = all.weight.narrow(0, i * size, size);  // [head_dim, hidden]
      return from.matmul(rows.transpose(0, 1)) + all.bias.narrow(0, i * size, size);
    };
    const Tensor q = project(x, layer.query);     // [batch, seq_q, head_dim]
    const Tensor k = project(memory, layer.key);  // [batch, seq_k, head_dim]
    const Tensor v = project(memory, layer.value);
    Tensor scores = q.matmul(k.transpose(1, 2)) / std::sqrt(static_cast<double>(size));
    if (key_bias.defined()) scores = scores + key_bias.unsqueeze(1);  // [batch, seq_q, seq_k]
    outputs.push_back(softmax(scores, -1).matmul(v));
  }
  const Tensor concat = cat(outputs, -1);  // [batch, seq_q, hidden]
  return concat.matmul(layer.output.weight.transpose(0, 1)) + layer.output.bias;
}

}  // namespace

TEST_CASE("multi-head attention is the equation of the paper, over itself and over a memory") {
  manual_seed(1);
  nn::MultiHeadAttention layer({.hidden = 12, .heads = 3});
  test::randomize(layer);
  const Tensor x = test::input({2, 4, 12}), memory = test::input({2, 7, 12}, 1);
  const Tensor self_bias = nn::key_bias_from_mask(test::mask_of_lengths({4, 2}, 4));
  const Tensor memory_bias = nn::key_bias_from_mask(test::mask_of_lengths({3, 7}, 7));
  // float32: sums of 12 products of size 1, twice
  CHECK(test::largest_difference(layer.forward(x, x), multi_head(layer, x, x, {}, 3)) < 2e-5);
  CHECK(test::largest_difference(layer.forward(x, x, self_bias),
                                 multi_head(layer, x, x, self_bias, 3)) < 2e-5);
  CHECK(test::largest_difference(layer.forward(x, memory, memory_bias),
                                 multi_head(layer, x, memory, memory_bias, 3)) < 2e-5);
}

TEST_CASE("attention weights sum to 1 over the keys and are 0 on padding") {
  manual_seed(2);
  nn::MultiHeadAttention layer({.hidden = 8, .heads = 2});
  test::randomize(layer);
  const Tensor x = test::input({2, 5, 8});
  const Tensor weights =
      layer.weights(x, x, nn::key_bias_from_mask(test::mask_of_lengths({5, 3}, 5)));
  REQUIRE(weights.shape() == Shape{2, 2, 5, 5});
  CHECK(test::largest_difference(weights.sum({-1}), ones({2, 2, 5})) < 1e-6);
  CHECK(test::largest(weights.narrow(0, 1, 1).narrow(3, 3, 2)) == 0);
  // and they are not the same for all keys
  CHECK(test::largest_difference(weights, full(weights.shape(), 0.2)) > 0.1);
}

TEST_CASE("what padding holds reaches no output and gets no gradient") {
  manual_seed(3);
  nn::MultiHeadAttention layer({.hidden = 8, .heads = 2});
  const Tensor key_bias = nn::key_bias_from_mask(test::mask_of_lengths({5, 3}, 5));
  const Tensor x = test::input({2, 5, 8});
  Tensor other = x.clone();
  other.narrow(0, 1, 1).narrow(1, 3, 2).fill_(1000);
  const Tensor queries = test::input({2, 4, 8}, 1);
  CHECK(test::bit_equal(layer.forward(queries, x, key_bias),
                        layer.forward(queries, other, key_bias)));

  Tensor memory = x.clone().requires_grad_();
  layer.forward(queries, memory, key_bias).sum().backward();
  CHECK(test::largest(memory.grad().narrow(0, 1, 1).narrow(1, 3, 2)) == 0);
  CHECK(test::largest(memory.grad().narrow(0, 1, 1).narrow(1, 0, 3)) > 0);
}

TEST_CASE("attention drops probabilities in training alone, anew at each call") {
  manual_seed(4);
  nn::MultiHeadAttention layer({.hidden = 8, .heads = 2, .dropout = 0.5});
  const Tensor x = test::input({2, 6, 8});
  const Tensor first = layer.forward(x, x), second = layer.forward(x, x);
  CHECK(test::largest_difference(first, second) > 1e-3);
  layer.eval();
  CHECK(test::bit_equal(layer.forward(x, x), layer.forward(x, x)));
  CHECK(test::largest_difference(layer.forward(x, x), first) > 1e-3);
}

TEST_CASE("attention refuses sizes that do not fit") {
  CHECK_THROWS_WITH(nn::MultiHeadAttention({.hidden = 10, .heads = 3}),
                    "attention: hidden size 10 is not a multiple of 3 heads");
  CHECK_THROWS_AS(nn::MultiHeadAttention({.hidden = 8, .heads = 0}), ValueError);
  const nn::MultiHeadAttention layer({.hidden = 8, .heads = 2});
  const Tensor x = zeros({2, 5, 8});
  CHECK_THROWS_AS(layer.forward(x, zeros({3, 5, 8})), ShapeError);
  CHECK_THROWS_AS(layer.forward(x, x, zeros({2, 4})), ShapeError);
  CHECK_THROWS_WITH(
      layer.forward(zeros({5, 8}), x),
      "attention: expected vectors of 8 in [batch, seq, hidden], got [5, 8] and [2, 5, 8]");
}

TEST_CASE("a mask becomes 0 for tokens and −∞ for padding, or nothing without padding") {
  const Tensor bias = nn::key_bias_from_mask(test::mask_of_lengths({2, 1}, 2));
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(bias.to_vector<float>() == std::vector<float>{0, 0, 0, -infinity});
  CHECK_FALSE(nn::key_bias_from_mask(test::mask_of_lengths({2, 2}, 2)).defined());
  CHECK(nn::key_bias_from_mask(tensor({1, 0}, DType::boolean), DType::float64).dtype() ==
        DType::float64);
}
