// WordPiece::decode: the spacing of ordinary writing, put back by rule.
#include <array>

#include "models/text/wordpiece.hpp"

namespace gradus::text {
namespace {

bool is_one_of(std::string_view token, std::string_view marks) {
  return token.size() == 1 && marks.find(token) != std::string_view::npos;
}

// Scripts written without spaces: CJK ideographs, kana, full-width forms and their punctuation.
bool is_unspaced(int32_t code) {
  return (code >= 0x2E80 && code <= 0x31FF) || (code >= 0x3400 && code <= 0x9FFF) ||
         (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFF00 && code <= 0xFF60) ||
         (code >= 0x20000 && code <= 0x3FFFF);
}

int32_t last_character(std::string_view text) {
  size_t position = text.size() - 1;
  while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80) --position;
  return read_character(text, position).code;
}

// Joins tokens, remembering what the next one needs to know: whether a straight double quote is
// open, and whether the last token holds on to what follows.
class Joiner {
 public:
  void add(std::string_view token) {
    const bool closes_quote = token == "\"" && quote_open_;
    if (needs_space(token, closes_quote)) text_.push_back(' ');
    text_.append(token);
    const bool opens_quote = token == "\"" && !quote_open_;
    if (token == "\"") quote_open_ = !quote_open_;
    holds_on_ = opens_quote || token == "'" || is_one_of(token, "([{") || token == "“" ||
                token == "‘" || token == "’";
  }
  void append(std::string_view piece) {
    text_.append(piece);
    holds_on_ = false;
  }
  std::string take() { return std::move(text_); }

 private:
  bool needs_space(std::string_view token, bool closes_quote) const {
    if (text_.empty() || holds_on_ || closes_quote) return false;
    if (is_one_of(token, ".,;:!?)]}%'") || token == "”" || token == "’" || token == "…")
      return false;
    return !is_unspaced(read_character(token, 0).code) && !is_unspaced(last_character(text_));
  }

  std::string text_;
  bool quote_open_ = false;
  bool holds_on_ = false;
};

}  // namespace

std::string WordPiece::decode(std::span<const int32_t> ids, bool keep_special) const {
  Joiner joiner;
  for (const int32_t id : ids) {
    const std::string_view token = vocabulary_.token(id);
    if (vocabulary_.is_special(id) && !keep_special) continue;
    if (vocabulary_.is_continuation(id)) {
      joiner.append(token.substr(kContinuation.size()));
    } else {
      joiner.add(token);
    }
  }
  return joiner.take();
}

}  // namespace gradus::text
