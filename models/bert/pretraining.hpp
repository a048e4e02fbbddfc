// BERT's pre-training as a task for the trainer: masked tokens and next sentences, drawn from one
// text of which a part is held out.
#pragma once

#include <optional>

#include "models/bert/evaluation.hpp"
#include "models/training/prefetch.hpp"
#include "models/training/task.hpp"

namespace gradus::bert {

// The last part of a training may read longer sequences, as BERT's did (Devlin et al. 2018, appendix
// A.2): short ones teach words sooner, long pairs tell more surely whether one follows the other.
struct LongPhase {
  int64_t begin;               // the first batch of it
  text::BatchOptions batches;  // sizes; also those by which the held-out text is scored
};

struct PretrainingOptions {
  Config model = preset("mini");  // its vocab_size is set from the vocabulary
  text::BatchOptions batches{};   // the seed of the batches is `seed`
  std::optional<LongPhase> long_phase{};
  uint64_t seed = 0;           // of weights, batches and dropout
  bool informed_start = true;  // false: BERT's own start, all noise (informed_start.hpp)
};

// A text made ready: its vocabulary, and the ids of the part to learn from and of the part held out.
struct PretrainingText {
  text::WordPiece tokenizer;
  text::TokenCorpus train, held_out;
};

inline constexpr double kHeldOutFraction = 0.05;  // of the documents

// Holds out a part of the documents, the same one in every run. The tokenizer is given, or made from
// the rest with at most `vocab_size` tokens.
PretrainingText prepare_text(const text::Corpus& corpus, text::WordPiece tokenizer);
PretrainingText prepare_text(const text::Corpus& corpus, int64_t vocab_size);

// The held-out text as it is scored: drawn a few times, each time split into pairs and masked in
// another fixed way. Of `options`, the sizes count.
std::vector<text::Batch> held_out_batches(const PretrainingText& text, text::BatchOptions options);

// What the model must beat on the held-out text, at exactly the positions where it is tested.
struct Baselines {
  double uniform_loss = 0;            // ln V: every token is as likely as any other
  double most_frequent_accuracy = 0;  // always the most frequent token
  double neighbour_accuracy = 0;      // the token most often seen between the same neighbours
};
Baselines compute_baselines(const PretrainingText& text, std::span<const text::Batch> held_out);

// Numbers under the names in which they are reported. NSP is left out where it was impossible.
training::Metrics to_metrics(const Scores& scores);

class Pretraining : public training::Task {
 public:
  Pretraining(PretrainingText text, PretrainingOptions options);

  BertForPreTraining& model() override { return *model_; }
  training::StepLoss loss(int64_t index) override;
  training::Metrics evaluate() override { return to_metrics(bert::evaluate(*model_, held_out_)); }
  training::CheckpointFiles model_files() override;
  std::string description() const override;

  const PretrainingText& text() const { return text_; }
  std::span<const text::Batch> held_out() const { return held_out_; }
  text::Batch batch(int64_t index);  // that loss(index) learns from
  const text::MlmBatches& batches() const { return batches_; }

 private:
  text::Batch make_batch(int64_t index);  // uses none of the members but those of the data

  PretrainingText text_;
  PretrainingOptions options_;
  text::MlmBatches batches_;
  std::optional<text::MlmBatches> long_batches_;
  std::vector<text::Batch> held_out_;
  std::unique_ptr<BertForPreTraining> model_;
  training::Prefetch<text::Batch> prefetch_;  // the last member: uses those before it
};

}  // namespace gradus::bert
