#include "models/text/neighbour_baseline.hpp"

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

constexpr int64_t kCls = 2, kSep = 3, kMask = 4;

NeighbourTable table_of(const std::vector<TokenDocument>& documents) {
  return NeighbourTable(to_token_corpus(documents), numbered_vocabulary(30));
}

}  // namespace

TEST_CASE("neighbours: both, then left, then right, then the most frequent", "[text]") {
  const NeighbourTable table =
      table_of({{{5, 6, 7}, {5, 6, 7}, {5, 8, 7}}, {{5, 9, 10}, {5, 9, 11}, {5, 9, 12}}});
  CHECK(table.most_frequent() == 5);    // six times
  CHECK(table.predict(5, 7) == 6);      // twice, 8 once
  CHECK(table.predict(5, kMask) == 9);  // three times, 6 twice
  CHECK(table.predict(kMask, 7) == 6);
  CHECK(table.predict(5, 29) == 9);  // the right one was never seen: left only
  CHECK(table.predict(29, 11) == 9);
  CHECK(table.predict(kMask, kMask) == 5);
}

TEST_CASE("neighbours: ties go to the lowest id", "[text]") {
  const NeighbourTable table = table_of({{{7, 10, 8}, {7, 9, 8}}});
  CHECK(table.predict(7, 8) == 9);
  CHECK(table.most_frequent() == 7);
}

TEST_CASE("neighbours: sentence edges are known by [CLS] and [SEP]", "[text]") {
  const NeighbourTable table = table_of({{{5, 6}, {7, 8}}});
  CHECK(table.predict(kCls, 6) == 5);
  CHECK(table.predict(kSep, 8) == 7);
  CHECK(table.predict(6, 8) == 7);  // across the sentences, as within a segment
  CHECK(table.predict(5, kSep) == 6);
  CHECK(table.predict(kCls, 8) == 7);
}

TEST_CASE("neighbours: a guess is scored at the masked positions, on visible input", "[text]") {
  const NeighbourTable table = table_of({{{5, 6, 7}, {5, 6, 7}}});
  // [CLS] 5 [MASK] [MASK] [SEP]: 6 and 7 are to be found. After 5 comes 6; before [SEP] stands 7.
  Batch batch;
  batch.batch = 1;
  batch.seq = 5;
  batch.input_ids = {kCls, 5, kMask, kMask, kSep};
  batch.masked_positions = {2, 3};
  batch.masked_labels = {6, 7};
  const BaselineScores scores = score_baselines(table, {&batch, 1});
  CHECK(scores.masked_tokens == 2);
  CHECK(scores.neighbours == 1.0);
  CHECK(scores.most_frequent == 0.0);  // 5, of three that are seen twice
  CHECK(score_baselines(table, {}).masked_tokens == 0);
}

TEST_CASE("neighbours: on the sample text the table beats the most frequent token", "[text]") {
  WordCounts words;
  words.add(read_text_file(kSampleText));
  const WordPiece wordpiece(train_vocabulary(words));
  const Corpus corpus = read_corpus({&kSampleText, 1});
  const Split split = split_documents(corpus.documents);
  const NeighbourTable table(encode_documents(wordpiece, split.train), wordpiece.vocabulary());
  const auto batches = evaluation_batches(encode_documents(wordpiece, split.held_out),
                                          wordpiece.vocabulary(), {.max_seq = 64});
  const BaselineScores scores = score_baselines(table, batches);
  CHECK(scores.masked_tokens > 1000);
  // Trials on this text gave 0.24 to 0.29 for the table, and one token in twenty is a full stop.
  CHECK(scores.neighbours > 0.2);
  CHECK(scores.neighbours < 0.33);
  CHECK(scores.most_frequent < 0.1);
}

TEST_CASE("neighbours: an empty text has no table", "[text]") {
  CHECK_THROWS_AS(table_of({}), ValueError);
}
