// Text as BERT reads it (Devlin et al. 2018, the basic tokenizer): control characters dropped,
// white space normalised, CJK characters standing alone, lower case without accents, punctuation
// split off. Every byte of the result knows which bytes of the original it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::text {

// Bytes [begin, end) of the original text.
struct Span {
  size_t begin = 0;
  size_t end = 0;
  bool operator==(const Span&) const = default;
};

// One character of UTF-8 text. An invalid byte is read as U+FFFD, one byte long.
struct Character {
  int32_t code = 0;
  size_t bytes = 0;
  bool valid = true;
};
Character read_character(std::string_view text, size_t position);  // position < text.size()
void append_character(std::string& text, int32_t code);

bool is_white_space(int32_t code);  // tab, line feed, carriage return, and the categories Z*
bool is_lower_case(int32_t code);

// The text with each invalid byte replaced by U+FFFD, and how many there were.
struct ValidText {
  std::string text;
  uint64_t invalid_bytes = 0;
};
ValidText to_valid_utf8(std::string_view text);

struct CleanOptions {
  bool lower_case = true;
  std::optional<bool> strip_accents = std::nullopt;  // when not given: as `lower_case`
  bool space_cjk = true;                             // each CJK ideograph is a word of its own
};

// Longer words are [UNK] to BERT; what they hold beyond this is counted and not kept.
inline constexpr size_t kMaxWordCharacters = 100;

// A word of cleaned text: a run of characters between white space, or one punctuation mark, or
// one CJK ideograph.
struct Word {
  std::string text;          // normalised; at most the first kMaxWordCharacters characters
  std::vector<Span> source;  // [text.size()] the original character that each byte came from
  Span span;                 // of the whole word in the original text
  size_t characters = 0;     // of the whole word

  void clear();
};

// Reads the words of a text one after the other, in memory that does not grow with the text.
//   WordReader reader("Crème brûlée!");
//   for (Word word; reader.next(word);) ...   // creme, brulee, !
class WordReader {
 public:
  explicit WordReader(std::string_view text, const CleanOptions& options = {});

  // Puts the next word into `word`; false at the end of the text.
  bool next(Word& word);

  // Bytes met so far that are not UTF-8. They are dropped, as BERT drops U+FFFD.
  uint64_t invalid_bytes() const { return invalid_bytes_; }

 private:
  bool take_ascii(Word& word, unsigned char c);
  bool take_unicode(Word& word);

  std::string_view text_;
  size_t position_ = 0;
  bool lower_case_;
  bool strip_accents_;
  bool space_cjk_;
  uint64_t invalid_bytes_ = 0;
};

}  // namespace gradus::text
