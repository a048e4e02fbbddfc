// Scores and baselines are what plain sums over a few positions give.
#include "models/bert/evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "core/core.hpp"
#include "models/bert/fill_mask.hpp"
#include "models/bert/pretraining.hpp"
#include "tests/catch.hpp"

using namespace gradus;
using namespace gradus::bert;

namespace {

text::WordPiece tokenizer() {
  return text::WordPiece(text::Vocabulary(
      {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bees", "make", "honey", "wax"}));
}

std::unique_ptr<BertForPreTraining> small_model() {
  manual_seed(3);
  return new_model({.vocab_size = 9,
                    .hidden_size = 8,
                    .num_hidden_layers = 1,
                    .num_attention_heads = 2,
                    .intermediate_size = 16,
                    .max_position_embeddings = 8,
                    .initializer_range = 0.5});
}

// [CLS] bees [MASK] honey [SEP];  [CLS] bees make [MASK] [SEP];  [CLS] [MASK] make honey [SEP]
text::Batch three_masks() {
  return {.batch = 3,
          .seq = 5,
          .input_ids = {2, 5, 4, 7, 3, 2, 5, 6, 4, 3, 2, 4, 6, 7, 3},
          .token_type_ids = std::vector<int64_t>(15, 0),
          .attention_mask = std::vector<int64_t>(15, 1),
          .masked_positions = {2, 8, 11},
          .masked_labels = {6, 8, 5},
          .nsp_labels = {0, text::kNoLabel, 1},
          .real_tokens = 15};
}

// −ln softmax(row)[label], and whether the label has the largest logit.
std::pair<double, bool> score(const std::vector<float>& row, int64_t label) {
  double sum = 0;
  for (const float logit : row) sum += std::exp(static_cast<double>(logit));
  const float own = row[static_cast<size_t>(label)];
  return {std::log(sum) - own, own == *std::ranges::max_element(row)};
}

}  // namespace

TEST_CASE("evaluation: accuracy and loss are means over the labelled positions") {
  const auto model = small_model();
  const text::Batch batch = three_masks();
  const Scores scores = evaluate(*model, std::vector{batch, batch});
  CHECK(model->is_training());

  model->eval();
  const auto output = model->forward(to_input(batch), tensor(batch.masked_positions, {3}));
  double mlm_loss = 0, mlm_right = 0, nsp_loss = 0, nsp_right = 0;
  for (int64_t i = 0; i < 3; ++i) {
    const auto k = static_cast<size_t>(i);
    const auto mlm =
        score(output.mlm_logits.select(0, i).to_vector<float>(), batch.masked_labels[k]);
    mlm_loss += mlm.first / 3;
    mlm_right += mlm.second / 3.0;
    if (batch.nsp_labels[k] == text::kNoLabel) continue;
    const auto nsp = score(output.nsp_logits.select(0, i).to_vector<float>(), batch.nsp_labels[k]);
    nsp_loss += nsp.first / 2;
    nsp_right += nsp.second / 2.0;
  }
  CHECK(scores.masked_tokens == 6);
  CHECK(scores.pairs == 4);
  // The losses are sums of float32 logarithms.
  CHECK(scores.mlm_loss == Approx(mlm_loss).epsilon(1e-5));
  CHECK(scores.nsp_loss == Approx(nsp_loss).epsilon(1e-5));
  CHECK(scores.mlm_accuracy == Approx(mlm_right));
  CHECK(scores.nsp_accuracy == Approx(nsp_right));
}

TEST_CASE("evaluation: baselines are those counted by hand") {
  // bees make honey (twice), bees make wax, wax wax honey (three times), bees wax (four times).
  const std::vector<text::TokenDocument> train{{{5, 6, 7}}, {{5, 6, 7}}, {{5, 6, 8}}, {{8, 8, 7}},
                                               {{8, 8, 7}}, {{8, 8, 7}}, {{5, 8}},    {{5, 8}},
                                               {{5, 8}},    {{5, 8}}};
  const PretrainingText text{
      .tokenizer = tokenizer(), .train = text::to_token_corpus(train), .held_out = {}};
  const Baselines baselines = compute_baselines(text, std::vector{three_masks()});
  CHECK(baselines.uniform_loss == Approx(std::log(9)));
  // wax, eleven times in training, is right in the second.
  CHECK(baselines.most_frequent_accuracy == Approx(1.0 / 3));
  // make between bees and honey: right, though wax is seen more after bees, and more before honey.
  // honey, not wax, after make at an end: wrong. bees at a start before make: right.
  CHECK(baselines.neighbour_accuracy == Approx(2.0 / 3));
}

TEST_CASE("fill_mask: probabilities over all tokens sum to 1, best first, other masks left open") {
  const auto model = small_model();
  const auto masks = fill_mask(*model, tokenizer(), "Bees  [MASK] [MASK]", 100);
  REQUIRE(masks.size() == 2);
  for (const std::vector<Guess>& guesses : masks) {
    CHECK(guesses.size() == 9);
    double sum = 0;
    for (const Guess& guess : guesses) sum += guess.probability;
    CHECK(sum == Approx(1).epsilon(1e-6));  // nine float32 numbers
    CHECK(std::ranges::is_sorted(guesses, std::greater(), &Guess::probability));
  }
  CHECK(masks[0][0].sentence == "Bees  " + masks[0][0].token + " [MASK]");
  CHECK(masks[1][0].sentence == "Bees  [MASK] " + masks[1][0].token);
  CHECK_THROWS_WITH(fill_mask(*model, tokenizer(), "bees", 1), ContainsSubstring("no [MASK]"));
  CHECK_THROWS_WITH(fill_mask(*model, tokenizer(), "[MASK] b c d e f g h", 1),
                    ContainsSubstring("at most 8"));
}
