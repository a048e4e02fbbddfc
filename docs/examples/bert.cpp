// Chapter 12: BERT-mini's parts, its first loss, and what masking does to a text.
#include "models/bert/bert.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "core/autograd/engine.hpp"
#include "core/ops/ops.hpp"
#include "core/random/philox.hpp"
#include "docs/examples/numbers.hpp"
#include "models/text/text.hpp"

using namespace gradus;

namespace {

double count(const nn::Module& module) { return static_cast<double>(module.parameter_count()); }

// #region count-masks
// Of all tokens of many sequences: how many are to be guessed, and what stands there now.
struct Masks {
  double tokens = 0, chosen = 0, masked = 0, kept = 0, other = 0;
};
Masks count_masks(const text::Vocabulary& vocabulary, double rate) {
  const text::Masker masker(vocabulary, {.rate = rate, .max_predictions = 128});
  Masks masks;
  for (uint64_t i = 0; i < 1000; ++i) {
    RandomReader random({12, i});
    std::vector<int32_t> sequence(100);
    for (int32_t& id : sequence) id = 5 + static_cast<int32_t>(random.below(995));
    for (const text::MaskedToken& token : masker.mask(sequence, {13, i})) {
      const int32_t now = sequence[token.position];
      ++masks.chosen;
      (now == vocabulary.mask() ? masks.masked
       : now == token.label     ? masks.kept
                                : masks.other) += 1;
    }
    masks.tokens += 100;
  }
  return masks;
}
// #endregion count-masks

text::Vocabulary thousand() {
  std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  while (tokens.size() < 1000) tokens.push_back(fmt::format("w{}", tokens.size()));
  return text::Vocabulary(tokens);
}

// #region who-sees-whom
// Two layers of attention over tokens x [seq, dim], each added to what is there.
Tensor two_layers(const Tensor& x, bool causal) {
  Tensor h = x;
  for (const uint64_t layer : {1, 2}) {
    const Tensor w = randn({x.size(1), x.size(1)}, {.seed = 12, .stream = layer}, x.dtype()) * 0.5;
    const Tensor z = matmul(h, w).reshape({1, x.size(0), 1, x.size(1)});
    h = h + attention(z, z, z, {.causal = causal}).reshape(x.shape());
  }
  return h;
}

Tensor both_sides(const Tensor& x) { return two_layers(x, false); }
Tensor from_left(const Tensor& x) { return two_layers(x, true); }
Tensor from_right(const Tensor& x) { return flip(from_left(flip(x, {0})), {0}); }
Tensor side_by_side(const Tensor& x) { return cat({from_left(x), from_right(x)}, 1); }
// #endregion who-sees-whom

using Encoder = Tensor (*)(const Tensor&);

Tensor leaf_of_words() {
  return randn({5, 4}, {.seed = 12, .stream = 3}, DType::float64).requires_grad_();
}

// How strongly output i depends on token j: the length of its gradient, as a share of row i.
std::vector<double> reach(Encoder encoder) {
  std::vector<double> shares;
  for (int64_t i = 0; i < 5; ++i) {
    const Tensor x = leaf_of_words(), y = encoder(x).select(0, i);
    const Tensor direction = randn(y.shape(), {.seed = 12, .stream = 4}, DType::float64);
    const Tensor dx = grad({y}, {x}, {direction})[0];
    const Tensor lengths = sqrt(sum(dx * dx, {1}));
    for (const double share : (lengths / sum(lengths)).to_vector<double>()) shares.push_back(share);
  }
  return shares;
}

// How much what the middle token takes from the first depends on the last.
double interplay(Encoder encoder) {
  const Tensor x = leaf_of_words(), y = encoder(x).select(0, 2);
  const Tensor direction = randn(y.shape(), {.seed = 12, .stream = 4}, DType::float64);
  const Tensor from_first = grad({y}, {x}, {direction}, {.create_graph = true})[0].select(0, 0);
  const Tensor by_last = grad({sum(from_first)}, {x}, {})[0].select(0, 4);
  return std::sqrt(sum(by_last * by_last).item<double>());
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  bert::Config config = bert::preset("mini");
  config.vocab_size = 3000;
  manual_seed(12);
  const auto model = bert::new_model(config);
  model->eval();
  numbers.add("parameters.words", static_cast<double>(model->bert.embeddings.word.weight.numel()));
  numbers.add("parameters.positions",
              static_cast<double>(model->bert.embeddings.position.weight.numel()));
  numbers.add("parameters.types", static_cast<double>(model->bert.embeddings.type.weight.numel()));
  numbers.add("parameters.layers", 4 * count(*model->bert.layers[0]));
  numbers.add("parameters.pooler", count(model->bert.pooler));
  numbers.add("parameters.mlm", count(model->mlm));
  numbers.add("parameters.nsp", count(model->nsp));
  numbers.add("parameters.all", count(*model));
  bert::Config base = bert::preset("base");
  base.vocab_size = 30522;
  numbers.add("parameters.base", static_cast<double>(base.parameter_count()));

  // the first loss of a model that knows nothing
  const Tensor ids = to(rand({4, 64}, {.seed = 1}) * 2995.0, DType::int64) + arange(1) + 5.0;
  const Tensor positions = arange(40);
  const bert::Input input{.ids = ids, .types = zeros({4, 64}, DType::int64), .key_bias = {}};
  const auto output = model->forward(input, positions);
  const Tensor labels = index_select(ids.flatten(), 0, positions);
  numbers.add("first.ln_v", std::log(3000.0));
  numbers.add("first.mlm", cross_entropy(output.mlm_logits, labels).item<float>());
  numbers.add("first.nsp",
              cross_entropy(output.nsp_logits, zeros({4}, DType::int64)).item<float>());
  numbers.add("first.ln_2", std::log(2.0));

  // BERT, GPT, and two directions side by side: who sees whom, and do both sides meet?
  numbers.add("reach.both", reach(both_sides));
  numbers.add("reach.left", reach(from_left));
  numbers.add("reach.right", reach(from_right));
  numbers.add("interplay.both", interplay(both_sides));
  numbers.add("interplay.side_by_side", interplay(side_by_side));

  // 80/10/10
  const Masks masks = count_masks(thousand(), 0.15);
  numbers.add("masks.chosen", masks.chosen / masks.tokens);
  numbers.add("masks.masked", masks.masked / masks.chosen);
  numbers.add("masks.kept", masks.kept / masks.chosen);
  numbers.add("masks.other", masks.other / masks.chosen);

  // Exercise: of the tokens that are not [MASK], how many are false?
  const double unmasked = masks.tokens - masks.masked;
  numbers.add("exercise.false", masks.other / unmasked);
  numbers.expect(std::abs(masks.other / unmasked - 0.015 / 0.88) < 0.001, "1.5 of 88");
  return numbers.finish(argc, argv, 1e-3);
}
