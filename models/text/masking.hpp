// Masked language modelling (Devlin et al. 2018, section 3.1, task 1): which positions a sequence
// is to predict, and what stands there instead.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random/philox.hpp"
#include "models/text/vocabulary.hpp"

namespace gradus::text {

struct MaskOptions {
  double rate = 0.15;           // of the tokens of a sequence, rounded; at least one token
  size_t max_predictions = 20;  // in one sequence
  bool whole_words = false;     // all pieces of a word or none
};

struct MaskedToken {
  size_t position = 0;  // in the sequence
  int32_t label = 0;    // the token that stood there
};

class Masker {
 public:
  // ValueError unless 0 < rate <= 1 and max_predictions > 0, or when the vocabulary has nothing
  // but special tokens.
  Masker(const Vocabulary& vocabulary, MaskOptions options);

  // Replaces the chosen tokens in place: 80% by [MASK], 10% by a random token that is not special,
  // 10% stay. Special tokens are not chosen, but for [UNK] where there is nothing else. Returns the
  // choice in order of position. A pure function of its arguments.
  std::vector<MaskedToken> mask(std::span<int32_t> sequence, RandomStream stream) const;

 private:
  std::vector<std::vector<size_t>> maskable_words(std::span<const int32_t> sequence) const;

  MaskOptions options_;
  int32_t mask_;
  int32_t unknown_;
  std::vector<bool> special_;       // [vocab]
  std::vector<bool> continuation_;  // [vocab]
  std::vector<int32_t> ordinary_;   // the tokens that are not special
};

}  // namespace gradus::text
