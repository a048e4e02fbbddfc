#include "core/ops/embedding.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("embedding looks up rows for an index of any shape") {
  const Tensor weight = leaf({5, 3});
  const Tensor index = integers({4, 0, 4, 1}).view({2, 2});
  const Tensor y = embedding(index, weight);
  CHECK(y.shape() == Shape{2, 2, 3});
  CHECK(bit_equal(y.select(0, 1).select(0, 0), weight.detach().select(0, 4)));
  sum(y).backward();
  CHECK(values(sum(weight.grad(), {1})) == std::vector<double>{3, 3, 0, 0, 6});
  CHECK(embedding(integers({}).view({0, 4}), weight).shape() == Shape{0, 4, 3});
  CHECK(embedding(full({}, 2, DType::int64), weight).shape() == Shape{3});
}

TEST_CASE("embedding_layer_norm gives what its operations give one by one, to the bit") {
  const Tensors indices{integers({4, 0, 4, 1, 2, 3}).view({2, 3}),
                        expand(integers({0, 1, 2}), {2, 3}),  // not contiguous
                        integers({0, 0, 1, 0, 1, 1}).view({2, 3})};
  Tensors tables;
  for (const int64_t count : {5, 3, 2}) {
    tables.push_back(normal({count, 7}, static_cast<uint64_t>(count), DType::float32));
  }
  const Tensor gamma = normal({7}, 11, DType::float32), beta = normal({7}, 12, DType::float32);
  const NormDropout options{.p = 0.3, .stream = {.seed = 1, .stream = 2}};
  const Tensor sum = embedding(indices[0], tables[0]) + embedding(indices[1], tables[1]) +
                     embedding(indices[2], tables[2]);
  const Tensor y = embedding_layer_norm(indices, tables, gamma, beta, options);
  CHECK(y.shape() == Shape{2, 3, 7});
  CHECK(
      bit_equal(y, dropout(layer_norm(sum, gamma, beta, options.eps), options.p, options.stream)));
}

TEST_CASE("a row that no index names gets no gradient, one that several name their sum") {
  const Tensor words = normal({4, 3}).requires_grad_(), types = normal({1, 3}, 1).requires_grad_();
  const Tensor gamma = ones({3}, DType::float64), beta = zeros({3}, DType::float64);
  const auto y_of = [&](const std::vector<int64_t>& ids) {
    const Tensor index = integers(ids);
    return embedding_layer_norm({index, zeros_like(index)}, {words, types}, gamma, beta, {});
  };
  const Tensor dy = normal({3, 3}, 2);
  const Tensors once = grad({y_of({0, 3, 1})}, {words, types}, {dy});
  CHECK(values(once[0].select(0, 2)) == std::vector<double>{0, 0, 0});
  CHECK(largest_difference(sum(once[0], {0}), once[1].select(0, 0)) <
        1e-14);  // other order of sums

  const Tensor same = expand(dy.narrow(0, 0, 1), {2, 3});
  const Tensor twice = grad({y_of({1, 1})}, {words}, {same})[0];
  const Tensor alone = grad({y_of({1})}, {words}, {dy.narrow(0, 0, 1)})[0];
  CHECK(bit_equal(twice, alone * 2.0));
}

TEST_CASE("an index that was changed before backward is an error") {
  const Tensor words = leaf({2, 3}), g = ones({3}, DType::float64), b = zeros({3}, DType::float64);
  Tensor index = integers({0, 1});
  const Tensor y = embedding_layer_norm({index}, {words}, g, b, {});
  index.fill_(1000);
  CHECK_THROWS_AS(sum(y).backward(), GradError);
}

TEST_CASE("embedding_layer_norm without tokens") {
  const Tensor words = zeros({2, 3}).requires_grad_(), g = ones({3}), b = zeros({3});
  const Tensor y = embedding_layer_norm({integers({}).view({0, 4})}, {words}, g, b, {.p = 0.5});
  CHECK(y.shape() == Shape{0, 4, 3});
  y.backward(y.detach());
  CHECK(values(words.grad()) == std::vector<double>(6, 0));
}

TEST_CASE("misuse of embeddings is explained") {
  CHECK_THROWS_WITH(embedding(integers({3}), zeros({3, 2})),
                    ContainsSubstring("index 3 is out of range for size 3"));
  CHECK_THROWS_WITH(embedding(integers({0}), zeros({3})),
                    ContainsSubstring("embedding: the weight must be [vocab, dim], not [3]"));

  const Tensor words = zeros({3, 2}), g = ones({2}), b = zeros({2}), index = integers({0, 2});
  const auto with = [&](const Tensors& indices, const Tensors& tables, double p = 0) {
    return embedding_layer_norm(indices, tables, g, b, {.p = p});
  };
  CHECK_THROWS_WITH(with({integers({3})}, {words}),
                    ContainsSubstring("embedding_layer_norm: index 3 is out of range for size 3"));
  CHECK_THROWS_WITH(with({zeros({1})}, {words}), ContainsSubstring("the index must be int64"));
  CHECK_THROWS_WITH(with({}, {}),
                    ContainsSubstring("each table needs one index, got 0 for 0 tables"));
  CHECK_THROWS_WITH(with({index}, {words, words}), ContainsSubstring("got 1 for 2 tables"));
  CHECK_THROWS_WITH(with({index, integers({0})}, {words, words}),
                    ContainsSubstring("the indices differ in shape, [2] and [1]"));
  CHECK_THROWS_WITH(with({index, index}, {words, zeros({3, 4})}),
                    ContainsSubstring("table 1 must be [any, 2], not [3, 4]"));
  CHECK_THROWS_WITH(with({index}, {zeros({3, 2}, DType::float64)}),
                    ContainsSubstring("table 0 holds float64, gamma float32"));
  CHECK_THROWS_WITH(with({index}, {words}, 1),
                    ContainsSubstring("the probability must be in [0, 1), got 1"));
  CHECK_THROWS_WITH(embedding_layer_norm({index}, {words}, g, zeros({3}), {}),
                    ContainsSubstring("gamma and beta must be [dim], not [2] and [3]"));
  CHECK_THROWS_WITH(embedding_layer_norm({index}, {words}, g, zeros({2}, DType::float64), {}),
                    ContainsSubstring("gamma holds float32, beta float64"));
}
