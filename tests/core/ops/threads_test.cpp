// The same bits for any number of threads: a small network through all fused operations.
#include "core/kernels/parallel.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

constexpr int64_t kBatch = 8, kSeq = 64, kHeads = 4, kHeadDim = 32, kHidden = kHeads * kHeadDim;
constexpr int64_t kInner = 4 * kHidden, kVocab = 1000;

struct Weights {
  Tensor table = weight({kVocab, kHidden}, 1);
  Tensor q = weight({kHidden, kHidden}, 2), k = weight({kHidden, kHidden}, 3);
  Tensor v = weight({kHidden, kHidden}, 4), q_bias = weight({kHidden}, 5);
  Tensor gamma = weight({kHidden}, 6), beta = weight({kHidden}, 7);
  Tensor up = weight({kInner, kHidden}, 8), up_bias = weight({kInner}, 9);
  Tensor down = weight({kHidden, kInner}, 10), places = weight({kSeq, kHidden}, 11);

  Tensors all() const { return {table, q, k, v, q_bias, gamma, beta, up, up_bias, down, places}; }
  static Tensor weight(const Shape& shape, uint64_t which) {
    return (normal(shape, which, DType::float32) * 0.1).detach().requires_grad_();
  }
};

// The loss of one encoder layer, with dropout, over an embedding and its transpose.
Tensor loss_of(const Weights& w) {
  std::vector<int64_t> ids, places, targets;
  for (int64_t i = 0; i < kBatch * kSeq; ++i) {
    ids.push_back(i * 7919 % kVocab);
    places.push_back(i % kSeq);
    targets.push_back(i % 5 == 0 ? i * 31 % kVocab : kIgnoreIndex);
  }
  const Tensor index = tensor(ids, {kBatch, kSeq}), place = tensor(places, {kBatch, kSeq});
  const Tensor target = tensor(targets, {kBatch * kSeq});
  const Shape by_heads{kBatch, kSeq, kHeads, kHeadDim}, joined{kBatch, kSeq, kHidden};
  const NormDropout residual{.eps = 1e-12, .p = 0.1, .stream = {.seed = 2, .stream = 2}};

  const Tensor x = embedding_layer_norm({index, place}, {w.table, w.places}, w.gamma, w.beta,
                                        {.p = 0.1, .stream = {.seed = 1, .stream = 1}});
  const Tensor mixed =
      attention(linear(x, w.q, w.q_bias).view(by_heads), linear(x, w.k).view(by_heads),
                linear(x, w.v).view(by_heads), {.p = 0.1, .stream = {.seed = 3, .stream = 3}});
  const Tensor h = dropout_add_layer_norm(mixed.reshape(joined), x, w.gamma, w.beta, residual);
  const Tensor inner = bias_gelu(linear(h, w.up), w.up_bias);
  const Tensor y = layer_norm(softmax(h, -1) + gelu(linear(inner, w.down)), w.gamma, w.beta, 1e-5);
  return cross_entropy(linear(as_rows(y), w.table), target) + mean(log_softmax(y, 1));
}

// The loss and all gradients with this many threads.
Tensors trained(int threads) {
  const int before = num_threads();
  set_num_threads(threads);
  const Weights weights;
  const Tensor loss = loss_of(weights);
  Tensors results = grad({loss}, weights.all());
  results.push_back(loss);
  set_num_threads(before);
  return results;
}

}  // namespace

TEST_CASE("results are equal bit for bit with 1, 2 and 3 threads, and from run to run") {
  const Tensors one = trained(1);
  CHECK(all_finite(one.back()));
  for (const int threads : {1, 2, 3}) {
    const Tensors other = trained(threads);
    for (size_t i = 0; i < one.size(); ++i) {
      INFO(threads << " threads, result " << i);
      CHECK(bit_equal(one[i], other[i]));
    }
  }
}
