#include "models/text/mlm_batches.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

bool equal(const Batch& a, const Batch& b) {
  return a.batch == b.batch && a.seq == b.seq && a.input_ids == b.input_ids &&
         a.token_type_ids == b.token_type_ids && a.attention_mask == b.attention_mask &&
         a.masked_positions == b.masked_positions && a.masked_labels == b.masked_labels &&
         a.nsp_labels == b.nsp_labels && a.real_tokens == b.real_tokens;
}

// The tokens before masking.
std::vector<int64_t> unmasked(const Batch& batch) {
  std::vector<int64_t> ids = batch.input_ids;
  for (size_t m = 0; m < batch.masked_positions.size(); ++m)
    ids[static_cast<size_t>(batch.masked_positions[m])] = batch.masked_labels[m];
  return ids;
}

const Vocabulary& vocabulary() {
  static const Vocabulary v = numbered_vocabulary(200);
  return v;
}

}  // namespace

TEST_CASE("batches: [CLS] A [SEP] B [SEP] [PAD], types and mask to match", "[text]") {
  MlmBatches batches(random_corpus(30, 10, 200, 1), vocabulary(), {.batch = 8, .max_seq = 32});
  REQUIRE(batches.nsp_possible());
  for (uint64_t step = 0; step < 20; ++step) {
    const Batch batch = batches.batch(step);
    CHECK(batch.batch == 8);
    CHECK(batch.seq <= 32);
    CHECK(batch.seq % 8 == 0);
    const auto ids = unmasked(batch);
    REQUIRE(ids.size() == static_cast<size_t>(batch.batch * batch.seq));
    int64_t real = 0;
    for (int64_t row = 0; row < batch.batch; ++row) {
      const bool pair = batch.nsp_labels[static_cast<size_t>(row)] != kNoLabel;
      int64_t separators = 0;
      CHECK(ids[static_cast<size_t>(row * batch.seq)] == vocabulary().cls());
      for (int64_t column = 0; column < batch.seq; ++column) {
        const auto i = static_cast<size_t>(row * batch.seq + column);
        const bool padded = separators == (pair ? 2 : 1);
        CHECK((ids[i] == vocabulary().pad()) == padded);
        CHECK(batch.attention_mask[i] == (padded ? 0 : 1));
        CHECK(batch.token_type_ids[i] == (!padded && separators == 1 ? 1 : 0));
        separators += ids[i] == vocabulary().sep();
        real += !padded;
      }
      CHECK(separators == (pair ? 2 : 1));
    }
    CHECK(batch.real_tokens == real);
    CHECK(std::is_sorted(batch.masked_positions.begin(), batch.masked_positions.end()));
    CHECK(batch.masked_positions.size() >= 8);
    for (const int64_t label : batch.masked_labels) CHECK(label >= 5);
  }
}

TEST_CASE("batches: a pure function of the step, in any order", "[text]") {
  const TokenCorpus corpus = random_corpus(30, 10, 200, 2);
  const BatchOptions options{.batch = 4, .max_seq = 32, .seed = 7};
  MlmBatches forwards(corpus, vocabulary(), options);
  std::vector<Batch> expected;
  const uint64_t steps = 3 * forwards.steps_in_pass(0);
  for (uint64_t step = 0; step < steps; ++step) expected.push_back(forwards.batch(step));

  MlmBatches backwards(corpus, vocabulary(), options);
  for (uint64_t step = steps; step-- > 0;) CHECK(equal(backwards.batch(step), expected[step]));
  MlmBatches other(corpus, vocabulary(), {.batch = 4, .max_seq = 32, .seed = 8});
  CHECK_FALSE(equal(other.batch(0), expected[0]));
}

TEST_CASE("batches: each pass shows each token at most once, nearly all, and differs", "[text]") {
  // Each token of this corpus is there once, so that its id tells where it comes from.
  const Vocabulary large = numbered_vocabulary(3000);
  TokenCorpus corpus;
  int32_t next = 5;
  for (int d = 0; d < 40; ++d) {
    for (int s = 0; s < 8; ++s) {
      std::vector<int32_t> sentence;
      for (int i = 0; i < 4 + (d + s) % 5; ++i) sentence.push_back(next++);
      corpus.append_sentence(sentence);
    }
    corpus.finish_document();
  }
  REQUIRE(next < 3000);
  MlmBatches batches(corpus, large, {.batch = 4, .max_seq = 24});
  std::vector<std::vector<int64_t>> passes;
  uint64_t step = 0;
  for (uint64_t pass = 0; pass < 3; ++pass) {
    std::vector<int64_t> seen;
    for (const uint64_t end = step + batches.steps_in_pass(pass); step < end; ++step)
      for (const int64_t id : unmasked(batches.batch(step)))
        if (id >= 5) seen.push_back(id);
    passes.push_back(seen);
    CHECK(std::set<int64_t>(seen.begin(), seen.end()).size() == seen.size());
    // Fewer than 4 examples, of at most 21 tokens, are left over.
    CHECK(seen.size() >= corpus.tokens.size() - 3 * 21);
  }
  CHECK(passes[0] != passes[1]);
  CHECK(passes[1] != passes[2]);
}

TEST_CASE("batches: buckets pad less", "[text]") {
  const TokenCorpus corpus = random_corpus(100, 11, 200, 3);
  const auto width = [&](bool bucket) {
    MlmBatches batches(corpus, vocabulary(), {.batch = 8, .max_seq = 48, .bucket = bucket});
    int64_t positions = 0;
    for (uint64_t step = 0; step < batches.steps_in_pass(0); ++step) {
      const Batch batch = batches.batch(step);
      positions += batch.batch * batch.seq;
    }
    return positions;
  };
  CHECK(width(true) < width(false));
}

TEST_CASE("batches: without NSP, or where it is impossible, MLM goes on", "[text]") {
  const TokenCorpus corpus = random_corpus(10, 10, 200, 4);
  MlmBatches without(corpus, vocabulary(), {.batch = 4, .max_seq = 32, .nsp = false});
  CHECK_FALSE(without.nsp_possible());
  CHECK(without.why_not_nsp().empty());
  CHECK(without.batch(0).nsp_labels == std::vector<int64_t>(4, kNoLabel));

  const std::vector<TokenDocument> one_sentence{{{5, 6, 7}}};
  MlmBatches single(to_token_corpus(one_sentence), vocabulary(), {.batch = 16});
  CHECK_FALSE(single.nsp_possible());
  CHECK(has(single.why_not_nsp(), "single sentence"));
  const Batch batch = single.batch(1000);
  CHECK(batch.batch == 1);
  CHECK(batch.seq == 8);
  CHECK(unmasked(batch) == std::vector<int64_t>{2, 5, 6, 7, 3, 0, 0, 0});
  CHECK(batch.masked_labels.size() == 1);
}

TEST_CASE("batches: sentences too long for a sequence are cut, not lost", "[text]") {
  std::vector<int32_t> sentence;
  for (int32_t i = 5; i < 105; ++i) sentence.push_back(i);
  const std::vector<TokenDocument> documents{{sentence}};
  std::multiset<int64_t> seen;
  for (const Batch& batch :
       evaluation_batches(to_token_corpus(documents), vocabulary(), {.batch = 2, .max_seq = 16}))
    for (const int64_t id : unmasked(batch))
      if (id >= 5) seen.insert(id);
  CHECK(seen == std::multiset<int64_t>(sentence.begin(), sentence.end()));
}

TEST_CASE("evaluation: every token once, the same each time, masks of its own", "[text]") {
  const TokenCorpus corpus = random_corpus(30, 7, 200, 5);
  const BatchOptions options{.batch = 8, .max_seq = 40, .seed = 3};
  const auto batches = evaluation_batches(corpus, vocabulary(), options);

  BatchOptions other = options;
  other.masking = {.rate = 0.5, .max_predictions = 1, .whole_words = true};
  const auto again = evaluation_batches(corpus, vocabulary(), other);
  REQUIRE(again.size() == batches.size());
  for (size_t i = 0; i < batches.size(); ++i) CHECK(equal(batches[i], again[i]));

  std::map<int64_t, int64_t> seen, expected;
  int64_t masked = 0;
  for (const Batch& batch : batches) {
    masked += std::ssize(batch.masked_labels);
    for (const int64_t id : unmasked(batch))
      if (id >= 5) ++seen[id];
  }
  for (const int32_t id : corpus.tokens) ++expected[id];
  CHECK(seen == expected);
  // 15% of each sequence, rounded: within 2% of the whole.
  CHECK(static_cast<double>(masked) / static_cast<double>(corpus.tokens.size()) ==
        Approx(0.15).margin(0.02));
  CHECK(evaluation_batches(TokenCorpus{}, vocabulary(), options).empty());
}

TEST_CASE("batches: options out of range are refused", "[text]") {
  const TokenCorpus corpus = random_corpus(2, 2, 200, 6);
  CHECK_THROWS_AS(MlmBatches(corpus, vocabulary(), {.batch = 0}), ValueError);
  CHECK_THROWS_AS(MlmBatches(corpus, vocabulary(), {.max_seq = 4}), ValueError);
  CHECK_THROWS_AS(MlmBatches(TokenCorpus{}, vocabulary(), {}), ValueError);
}
