// What a model must beat to have learned anything: guesses at masked tokens from counts alone.
//   most frequent   always the token seen most often in training
//   neighbours      the token seen most often in training between the same left and right
//                   neighbours; else after the same left one; else before the same right one; else
//                   the most frequent. Ties go to the lowest id.
// Neighbours are taken as the model sees them: where one is itself masked, only the other helps.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "models/text/mlm_batches.hpp"

namespace gradus::text {

class NeighbourTable {
 public:
  // Counts each token of the training text between its neighbours in the document, and once more
  // at the edges of a sentence as what follows [CLS] or [SEP], and what comes before [SEP]: these
  // are what stands there in a model's input.
  NeighbourTable(const TokenCorpus& training, const Vocabulary& vocabulary);

  // The best guess between two tokens of an input.
  int32_t predict(int64_t left, int64_t right) const;
  int32_t most_frequent() const;

 private:
  int32_t edge_;  // [SEP], for [CLS] too
  int32_t cls_;
  std::unordered_map<uint64_t, int32_t> best_;  // by context
};

struct BaselineScores {
  double most_frequent = 0;  // accuracy, 0 to 1
  double neighbours = 0;     // accuracy, 0 to 1
  int64_t masked_tokens = 0;
};

// Both guesses at exactly the masked positions of the batches.
BaselineScores score_baselines(const NeighbourTable& table, std::span<const Batch> batches);

}  // namespace gradus::text
