#include "models/bert/pretraining.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

#include "core/core.hpp"
#include "core/io/json.hpp"
#include "models/bert/informed_start.hpp"
#include "models/bert/pretrained.hpp"

namespace gradus::bert {
namespace {

constexpr uint64_t kHeldOutSeed = 5;  // which documents are held out, and how they are masked
constexpr uint64_t kHeldOutDraws =
    4;  // how often each is split into pairs and masked: a small text
        // gives few pairs, and a score from few says little

text::Split hold_out(const text::Corpus& corpus) {
  return text::split_documents(corpus.documents, kHeldOutFraction, kHeldOutSeed);
}

// The model's sizes, with a row for every token.
Config with_vocabulary(Config config, const text::Vocabulary& vocabulary) {
  config.vocab_size = vocabulary.size();
  config.pad_token_id = vocabulary.pad();
  return config;
}

text::BatchOptions with_seed(text::BatchOptions options, uint64_t seed) {
  options.seed = seed;
  return options;
}

// The longest sequences that the model reads.
const text::BatchOptions& longest(const PretrainingOptions& options) {
  return options.long_phase ? options.long_phase->batches : options.batches;
}

void check_lengths(const PretrainingOptions& options) {
  const int64_t positions = options.model.max_position_embeddings, seq = options.batches.max_seq;
  require<ValueError>(seq <= positions, "--seq {} is longer than the model's {} positions", seq,
                      positions);
  if (!options.long_phase) return;
  const int64_t long_seq = options.long_phase->batches.max_seq;
  require<ValueError>(long_seq <= positions,
                      "--long-seq {} is longer than the model's {} positions", long_seq, positions);
  require<ValueError>(long_seq >= seq,
                      "--long-seq {} is shorter than --seq {}; --long-part 0 trains without it",
                      long_seq, seq);
}

// Tells one text from another, to notice that a run is resumed on a different one (FNV-1a).
uint64_t fingerprint(const text::TokenCorpus& corpus) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const int32_t token : corpus.tokens)
    hash = (hash ^ static_cast<uint32_t>(token)) * 0x100000001b3;
  return hash;
}

}  // namespace

PretrainingText prepare_text(const text::Corpus& corpus, text::WordPiece tokenizer) {
  const text::Split split = hold_out(corpus);
  return {.tokenizer = tokenizer,
          .train = text::encode_documents(tokenizer, split.train),
          .held_out = text::encode_documents(tokenizer, split.held_out)};
}

PretrainingText prepare_text(const text::Corpus& corpus, int64_t vocab_size) {
  text::WordCounts words;
  for (const text::Document& document : hold_out(corpus).train) {
    for (const std::string& sentence : document.sentences) words.add(sentence);
  }
  return prepare_text(corpus, text::WordPiece(text::train_vocabulary(words, {.size = vocab_size})));
}

std::vector<text::Batch> held_out_batches(const PretrainingText& text, text::BatchOptions options) {
  std::vector<text::Batch> batches;
  for (uint64_t draw = 0; draw < kHeldOutDraws; ++draw) {
    options.seed = kHeldOutSeed + draw;
    std::ranges::move(text::evaluation_batches(text.held_out, text.tokenizer.vocabulary(), options),
                      std::back_inserter(batches));
  }
  return batches;
}

Baselines compute_baselines(const PretrainingText& text, std::span<const text::Batch> held_out) {
  const text::Vocabulary& vocabulary = text.tokenizer.vocabulary();
  const auto scores = text::score_baselines(text::NeighbourTable(text.train, vocabulary), held_out);
  return {.uniform_loss = std::log(static_cast<double>(vocabulary.size())),
          .most_frequent_accuracy = scores.most_frequent,
          .neighbour_accuracy = scores.neighbours};
}

training::Metrics to_metrics(const Scores& scores) {
  training::Metrics metrics{{"mlm_accuracy", scores.mlm_accuracy}, {"mlm_loss", scores.mlm_loss}};
  if (scores.pairs > 0) {
    metrics.insert(metrics.end(),
                   {{"nsp_accuracy", scores.nsp_accuracy}, {"nsp_loss", scores.nsp_loss}});
  }
  metrics.emplace_back("masked_tokens", static_cast<double>(scores.masked_tokens));
  return metrics;
}

Pretraining::Pretraining(PretrainingText text, PretrainingOptions options)
    : text_(std::move(text)),
      options_(std::move(options)),
      batches_(text_.train, text_.tokenizer.vocabulary(),
               with_seed(options_.batches, options_.seed)),
      held_out_(held_out_batches(text_, longest(options_))),
      prefetch_([this](int64_t index) { return make_batch(index); }) {
  options_.model = with_vocabulary(options_.model, text_.tokenizer.vocabulary());
  check_lengths(options_);
  if (options_.long_phase) {
    long_batches_.emplace(text_.train, text_.tokenizer.vocabulary(),
                          with_seed(options_.long_phase->batches, options_.seed));
  }
  manual_seed(options_.seed);
  model_ = new_model(options_.model);
  if (options_.informed_start) informed_start(*model_, text_.tokenizer.vocabulary().mask());
}

text::Batch Pretraining::batch(int64_t index) { return prefetch_.get(index); }

text::Batch Pretraining::make_batch(int64_t index) {
  if (options_.long_phase && index >= options_.long_phase->begin) {
    return long_batches_->batch(static_cast<uint64_t>(index - options_.long_phase->begin));
  }
  return batches_.batch(static_cast<uint64_t>(index));
}

training::StepLoss Pretraining::loss(int64_t index) {
  const auto start = std::chrono::steady_clock::now();
  const text::Batch batch = this->batch(index);
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
  const auto count = static_cast<int64_t>(batch.masked_positions.size());
  const auto output = model_->forward(to_input(batch), tensor(batch.masked_positions, {count}));

  const Tensor mlm = cross_entropy(output.mlm_logits, tensor(batch.masked_labels, {count}));
  training::StepLoss result{.total = mlm,
                            .parts = {{"mlm_loss", mlm.item<float>()}},
                            .tokens = batch.real_tokens,
                            .waited = waited.count()};
  const bool has_pairs = std::any_of(batch.nsp_labels.begin(), batch.nsp_labels.end(),
                                     [](int64_t label) { return label != text::kNoLabel; });
  if (has_pairs) {
    const Tensor nsp =
        cross_entropy(output.nsp_logits, tensor(batch.nsp_labels, {batch.batch}), text::kNoLabel);
    result.total = mlm + nsp;
    result.parts.emplace_back("nsp_loss", nsp.item<float>());
  }
  return result;
}

training::CheckpointFiles Pretraining::model_files() {
  training::CheckpointFiles files;
  for (const auto& [name, writer] : bert::model_files(*model_)) files[name] = writer;
  files["vocab.txt"] = text_.tokenizer.vocabulary().to_text();
  files["tokenizer_config.json"] =
      text::to_json({.clean = text_.tokenizer.options(),
                     .model_max_length = options_.model.max_position_embeddings});
  return files;
}

std::string Pretraining::description() const {
  const text::BatchOptions& batches = options_.batches;
  Json json = {{"text", fingerprint(text_.train)},
               {"model", parse_json(options_.model.to_json())},
               {"seed", options_.seed},
               {"informed_start", options_.informed_start},
               {"batch", batches.batch},
               {"seq", batches.max_seq},
               {"mask_rate", batches.masking.rate},
               {"max_predictions", batches.masking.max_predictions},
               {"whole_words", batches.masking.whole_words},
               {"nsp", batches.nsp}};
  if (const auto& phase = options_.long_phase) {
    json["long_part"] = phase->begin;
    json["long_batch"] = phase->batches.batch;
    json["long_seq"] = phase->batches.max_seq;
  }
  json["evaluation"] = {{"batch", longest(options_).batch}, {"seq", longest(options_).max_seq}};
  return to_text(json);
}

}  // namespace gradus::bert
