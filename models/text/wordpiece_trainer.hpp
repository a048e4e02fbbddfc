// Makes a WordPiece vocabulary out of a text: every character is a piece, and the pair of
// neighbouring pieces seen most often becomes a new piece, until the vocabulary is full (the
// merges of Sennrich et al. 2016, on ## pieces, as Hugging Face's WordPieceTrainer does).
//
// Deterministic: of pairs seen equally often, the first in byte order of (left, right) is merged.
// The same text gives the same vocabulary byte for byte.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/text/unicode.hpp"
#include "models/text/vocabulary.hpp"

namespace gradus::text {

// How often each word of a text occurs.
class WordCounts {
 public:
  explicit WordCounts(CleanOptions options = {}) : options_(options) {}
  void add(std::string_view text);
  const StringMap<uint64_t>& counts() const { return counts_; }

 private:
  CleanOptions options_;
  StringMap<uint64_t> counts_;
};

struct VocabularyOptions {
  int64_t size = 8192;          // at most this many tokens, special ones included
  uint64_t min_frequency = 2;   // pairs seen less often are not merged
  int64_t max_alphabet = 6000;  // single characters, counted as "a" and "##a"; the rarest go first
};

// The special tokens, then the characters in byte order, then the merged pieces in the order in
// which they were made. It has fewer than `size` tokens when no pair is left that occurs
// `min_frequency` times. A word with a character outside of the alphabet takes no part: it would
// be [UNK]. ValueError when there are no words, or `size` leaves no room beside special tokens.
Vocabulary train_vocabulary(const WordCounts& words, const VocabularyOptions& options = {});

}  // namespace gradus::text
