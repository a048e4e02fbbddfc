// Batches for BERT's two tasks: masked tokens, and whether B follows A.
//
// Batch number `step` is a pure function of the corpus, the options and `step`: training resumes at
// any step, and several machines take their rows of the same batch. Each pass over the corpus
// groups sentences, trades segments, draws masks and shuffles anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/text/masking.hpp"
#include "models/text/segment_plan.hpp"

namespace gradus::text {

// All matrices [batch, seq], row by row.
struct Batch {
  int64_t batch = 0;
  int64_t seq = 0;
  std::vector<int64_t> input_ids;         // [batch, seq]  [CLS] A [SEP] B [SEP] [PAD]...
  std::vector<int64_t> token_type_ids;    // [batch, seq]  1 for B [SEP], else 0
  std::vector<int64_t> attention_mask;    // [batch, seq]  0 for [PAD], else 1
  std::vector<int64_t> masked_positions;  // [masked]      row · seq + column, ascending
  std::vector<int64_t> masked_labels;     // [masked]      the tokens to find there
  std::vector<int64_t> nsp_labels;        // [batch]       kIsNext, kNotNext, or kNoLabel
  int64_t real_tokens = 0;                // that are not [PAD]

  bool operator==(const Batch&) const = default;
};

struct BatchOptions {
  int64_t batch = 16;    // sequences; fewer only when the whole corpus has fewer
  int64_t max_seq = 64;  // tokens of a sequence, special ones included; at least 5
  MaskOptions masking = {};
  bool nsp = true;     // off: sequences are [CLS] A [SEP], without labels
  bool bucket = true;  // batch sequences of like length together, so that little is padded
  uint64_t seed = 0;
};

class MlmBatches {
 public:
  // ValueError for an empty corpus or an option out of its range.
  MlmBatches(const TokenCorpus& corpus, const Vocabulary& vocabulary, BatchOptions options);

  // A batch is as wide as its longest sequence, rounded up to a multiple of 8, never over
  // max_seq. Examples left over at the end of a pass, fewer than a batch, are not used in it.
  // Keeps the plan of one pass, to be fast: not for several threads at once.
  Batch batch(uint64_t step);

  uint64_t steps_in_pass(uint64_t pass);

  // Whether examples have a B; and if not though `nsp` asks for it, why, for a person.
  bool nsp_possible() const { return plan_.pairs; }
  const std::string& why_not_nsp() const { return why_not_nsp_; }

 private:
  struct Position {
    uint64_t pass = 0;
    uint64_t step = 0;  // in the pass
  };
  Position locate(uint64_t step);
  PlanOptions plan_options(uint64_t pass) const;
  void prepare(uint64_t pass);

  BatchOptions options_;
  TokenCorpus corpus_;
  Vocabulary vocabulary_;
  Masker masker_;
  PlanOptions plan_;
  std::string why_not_nsp_;

  std::vector<uint64_t> pass_begin_{0};  // the first step of each pass that was looked at
  // Of one pass, recomputed when another is asked for:
  uint64_t prepared_pass_ = ~uint64_t{0};
  std::vector<Example> examples_;
  std::vector<std::vector<size_t>> batches_;  // of indices into examples_
};

// The batches that measure a model: every token of the corpus once, in the order of the corpus.
// Masks are always 15%, single tokens, 80/10/10, whatever `options.masking` says. Equal arguments
// give equal batches. Empty for an empty corpus.
std::vector<Batch> evaluation_batches(const TokenCorpus& corpus, const Vocabulary& vocabulary,
                                      BatchOptions options);

}  // namespace gradus::text
