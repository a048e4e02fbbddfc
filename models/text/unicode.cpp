#include "models/text/unicode.hpp"

#include <utf8proc.h>

#include <array>
#include <span>

namespace gradus::text {
namespace {

constexpr int32_t kReplacement = 0xFFFD;

// What a character means to the splitting of text into words.
enum class Role : uint8_t { letter, space, dropped, alone };

// Every ASCII character that is not a letter, digit, space or control counts as punctuation, also
// those like $ and ^ that Unicode calls symbols.
constexpr Role ascii_role(unsigned char c) {
  if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return Role::space;
  if (c < 0x20 || c == 0x7F) return Role::dropped;
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric ? Role::letter : Role::alone;
}

constexpr std::array<Role, 128> kAsciiRoles = [] {
  std::array<Role, 128> roles{};
  for (unsigned char c = 0; c < 128; ++c) roles[c] = ascii_role(c);
  return roles;
}();

// The blocks of ideographs that BERT sets apart; kana and hangul are written in words and are not
// among them.
bool is_cjk(int32_t code) {
  constexpr std::array<std::array<int32_t, 2>, 8> blocks{{{0x4E00, 0x9FFF},
                                                          {0x3400, 0x4DBF},
                                                          {0x20000, 0x2A6DF},
                                                          {0x2A700, 0x2B73F},
                                                          {0x2B740, 0x2B81F},
                                                          {0x2B820, 0x2CEAF},
                                                          {0xF900, 0xFAFF},
                                                          {0x2F800, 0x2FA1F}}};
  for (const auto& [first, last] : blocks)
    if (code >= first && code <= last) return true;
  return false;
}

bool is_punctuation(int32_t code) {
  if (code < 0x80) return kAsciiRoles[static_cast<size_t>(code)] == Role::alone;
  const utf8proc_category_t category = utf8proc_category(code);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

// Categories Cc, Cf, Cs and Co: control, format, surrogate, private use. What is not assigned (Cn)
// stays, since a newer Unicode may have made it a letter.
bool is_control(int32_t code) { return utf8proc_category(code) >= UTF8PROC_CATEGORY_CC; }

void append_to_word(Word& word, int32_t code, Span source) {
  if (word.characters == 0) word.span.begin = source.begin;
  word.span.end = source.end;
  if (++word.characters > kMaxWordCharacters) return;
  append_character(word.text, code);
  word.source.resize(word.text.size(), source);
}

}  // namespace

Character read_character(std::string_view text, size_t position) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + position;
  utf8proc_int32_t code = 0;
  const auto length =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - position), &code);
  if (length <= 0) return {kReplacement, 1, false};
  return {code, static_cast<size_t>(length), true};
}

void append_character(std::string& text, int32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(code, bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(length));
}

bool is_white_space(int32_t code) {
  if (code < 0x80) return kAsciiRoles[static_cast<size_t>(code)] == Role::space;
  const utf8proc_category_t category = utf8proc_category(code);
  return category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
}

bool is_lower_case(int32_t code) { return utf8proc_category(code) == UTF8PROC_CATEGORY_LL; }

ValidText to_valid_utf8(std::string_view text) {
  ValidText result;
  result.text.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const Character c = read_character(text, i);
    if (c.valid) {
      result.text.append(text, i, c.bytes);
    } else {
      append_character(result.text, kReplacement);
      ++result.invalid_bytes;
    }
    i += c.bytes;
  }
  return result;
}

void Word::clear() {
  text.clear();
  source.clear();
  span = {};
  characters = 0;
}

WordReader::WordReader(std::string_view text, const CleanOptions& options)
    : text_(text),
      lower_case_(options.lower_case),
      strip_accents_(options.strip_accents.value_or(options.lower_case)),
      space_cjk_(options.space_cjk) {}

bool WordReader::next(Word& word) {
  word.clear();
  while (position_ < text_.size()) {
    const auto c = static_cast<unsigned char>(text_[position_]);
    const bool complete = c < 0x80 ? take_ascii(word, c) : take_unicode(word);
    if (complete) return true;
  }
  return word.characters > 0;
}

// Both take one character and return true when the word is complete. A character that stands
// alone ends the word before it, and is then read again as a word of its own.
bool WordReader::take_ascii(Word& word, unsigned char c) {
  const Role role = kAsciiRoles[c];
  const bool in_word = word.characters > 0;
  if (role == Role::alone && in_word) return true;
  const Span source{position_, position_ + 1};
  ++position_;
  if (role == Role::dropped) return false;
  if (role == Role::space) return in_word;
  const bool lower = lower_case_ && c >= 'A' && c <= 'Z';
  append_to_word(word, lower ? c + ('a' - 'A') : c, source);
  return role == Role::alone;
}

bool WordReader::take_unicode(Word& word) {
  const Character c = read_character(text_, position_);
  const Span source{position_, position_ + c.bytes};
  const bool in_word = word.characters > 0;
  if (!c.valid) ++invalid_bytes_;
  if (c.code == kReplacement || is_control(c.code)) {
    position_ = source.end;
    return false;
  }
  if (is_white_space(c.code)) {
    position_ = source.end;
    return in_word;
  }

  // Canonical decomposition (NFD) takes accents apart from their letters. Marks of one letter
  // keep the order they came in: all but a few exotic ones are dropped below.
  std::array<utf8proc_int32_t, 32> codes{c.code};
  utf8proc_ssize_t count = 1;
  if (strip_accents_) {
    int boundary = UTF8PROC_BOUNDCLASS_START;
    count =
        utf8proc_decompose_char(c.code, codes.data(), codes.size(), UTF8PROC_DECOMPOSE, &boundary);
  }
  const bool alone = is_punctuation(codes[0]) || (space_cjk_ && is_cjk(c.code));
  if (alone && in_word) return true;
  position_ = source.end;
  for (const utf8proc_int32_t code : std::span(codes).first(static_cast<size_t>(count))) {
    if (strip_accents_ && utf8proc_category(code) == UTF8PROC_CATEGORY_MN) continue;
    append_to_word(word, lower_case_ ? utf8proc_tolower(code) : code, source);
  }
  return alone;
}

}  // namespace gradus::text
