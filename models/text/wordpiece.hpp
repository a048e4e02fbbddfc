// WordPiece: cleaned words cut into the longest pieces that the vocabulary holds, from left to
// right (Wu et al. 2016, section 4.1; Devlin et al. 2018). "unwanted" may become un ##want ##ed. A
// word that cannot be covered is one [UNK]. Thread-safe: all of it is const.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/text/unicode.hpp"
#include "models/text/vocabulary.hpp"

namespace gradus::text {

struct Token {
  int32_t id = 0;
  Span source;  // bytes of the original text
  bool operator==(const Token&) const = default;
};

// One or two texts ready for BERT; all vectors have the same length.
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;  // 0 for [CLS] a [SEP], 1 for b [SEP]
  std::vector<Span> source;       // bytes of a or b; [0, 0) for [CLS] and [SEP]
};

// Whether "[MASK]" in the text means the token or seven characters.
enum class SpecialTokens { as_text, recognised };

class WordPiece {
 public:
  explicit WordPiece(Vocabulary vocabulary, CleanOptions options = {});

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const CleanOptions& options() const { return options_; }

  std::vector<Token> tokenize(std::string_view text,
                              SpecialTokens special = SpecialTokens::as_text) const;

  // The ids alone, for long texts; special tokens as text.
  std::vector<int32_t> ids(std::string_view text) const;

  // [CLS] a [SEP], or [CLS] a [SEP] b [SEP], of at most `max_length` tokens (at least 3): what is
  // too much is taken from the end of the longer of the two. ValueError when max_length < 3.
  Encoding encode(std::string_view a, std::optional<std::string_view> b = std::nullopt,
                  size_t max_length = 512, SpecialTokens special = SpecialTokens::as_text) const;

  // Readable text: pieces joined, no space where writing has none (before a comma, between two
  // CJK characters). Case, accents and the original spacing are gone; a Token's span has them.
  // Without `keep_special`, special tokens are left out. IndexError for ids out of range.
  std::string decode(std::span<const int32_t> ids, bool keep_special = false) const;

 private:
  template <class Emit>
  void for_each_token(std::string_view text, size_t offset, Emit emit) const;
  void split(const Word& word, std::vector<Token>& pieces) const;
  std::optional<int32_t> find_special_at(std::string_view text, size_t position) const;

  Vocabulary vocabulary_;
  CleanOptions options_;
  StringMap<int32_t> continuations_;  // without their ##
  size_t longest_ = 0;                // piece, in bytes
};

}  // namespace gradus::text
