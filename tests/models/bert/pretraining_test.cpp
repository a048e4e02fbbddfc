// Pre-training as a task: which batches it learns from, and on what it is scored.
#include "models/bert/pretraining.hpp"

#include <algorithm>

#include "tests/catch.hpp"

using namespace gradus;

namespace {

// Forty documents of ten sentences of five words.
text::Corpus corpus() {
  text::Corpus result;
  for (int d = 0; d < 40; ++d) {
    text::Document document;
    for (int s = 0; s < 10; ++s) {
      document.sentences.push_back(
          fmt::format("word{} word{} and word{} here", d % 7, s % 5, (d + s) % 9));
    }
    result.documents.push_back(document);
  }
  return result;
}

bert::PretrainingOptions options_with(std::optional<int64_t> begin_of_long) {
  bert::PretrainingOptions options{.model = bert::preset("tiny"),
                                   .batches = {.batch = 4, .max_seq = 32}};
  options.model.hidden_size = 32;
  options.model.intermediate_size = 32;
  if (begin_of_long) {
    options.long_phase = {.begin = *begin_of_long, .batches = {.batch = 2, .max_seq = 96}};
  }
  return options;
}

int64_t widest(std::span<const text::Batch> batches) {
  return std::ranges::max(batches, {}, &text::Batch::seq).seq;
}

}  // namespace

TEST_CASE("the last part of pre-training reads longer sequences, and is what is scored") {
  bert::Pretraining task(bert::prepare_text(corpus(), 60), options_with(3));
  for (const int64_t index : {0, 1, 2}) {
    CHECK(task.batch(index).batch == 4);
    CHECK(task.batch(index).seq <= 32);
  }
  std::vector<text::Batch> later;
  for (int64_t index = 3; index < 13; ++index) {
    later.push_back(task.batch(index));
    CHECK(later.back().batch == 2);
  }
  CHECK(widest(later) > 32);
  CHECK(task.batch(3).input_ids == task.batch(3).input_ids);  // a pure function of the index
  CHECK(task.batch(3).input_ids != task.batch(4).input_ids);
  CHECK(widest(task.held_out()) > 32);
  CHECK(task.loss(3).tokens == task.batch(3).real_tokens);
}

TEST_CASE("batches made ahead are those made when asked for, in any order") {
  const bert::PretrainingText text = bert::prepare_text(corpus(), 60);
  const bert::PretrainingOptions options = options_with(40);
  text::MlmBatches first(text.train, text.tokenizer.vocabulary(), options.batches);
  text::MlmBatches later(text.train, text.tokenizer.vocabulary(), options.long_phase->batches);
  const auto expected = [&](int64_t index) {
    return index < 40 ? first.batch(static_cast<uint64_t>(index))
                      : later.batch(static_cast<uint64_t>(index - 40));
  };
  REQUIRE(first.steps_in_pass(0) < 40);  // the pass ends, and the next one is planned, ahead

  const uint64_t position = default_generator().position();
  uint64_t drawn = 0;
  {
    bert::Pretraining task(text, options);
    drawn = default_generator().position();  // by the weights
    for (int64_t index = 0; index < 44; ++index) CHECK(task.batch(index) == expected(index));
    for (const int64_t index : {3, 3, 4, 42, 0, 100}) CHECK(task.batch(index) == expected(index));
  }
  CHECK(default_generator().position() == drawn);  // dropout's numbers: no batch takes one
  CHECK(drawn != position);
}

TEST_CASE("without a long phase all sequences are of one length") {
  bert::Pretraining task(bert::prepare_text(corpus(), 60), options_with(std::nullopt));
  CHECK(task.batch(1000).seq <= 32);
  CHECK(widest(task.held_out()) <= 32);
}

TEST_CASE("the held-out text is drawn several times, each time in another way") {
  bert::Pretraining task(bert::prepare_text(corpus(), 60), options_with(std::nullopt));
  const auto held_out = task.held_out();
  REQUIRE(held_out.size() >= 4);
  CHECK(held_out.size() % 4 == 0);
  const size_t draw = held_out.size() / 4;
  CHECK(held_out[0].masked_positions != held_out[draw].masked_positions);
  int64_t tokens = 0;
  for (const text::Batch& batch : held_out) {
    for (const int64_t label : batch.nsp_labels) tokens += label != text::kNoLabel;
  }
  CHECK(tokens > 0);
}
