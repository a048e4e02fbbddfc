#include "models/text/sentences.hpp"

#include <algorithm>
#include <array>

#include "models/text/unicode.hpp"

namespace gradus::text {
namespace {

bool contains(std::u32string_view set, int32_t code) {
  return set.find(static_cast<char32_t>(code)) != std::u32string_view::npos;
}

bool ends_before_space(int32_t code) { return contains(U".!?…", code); }
bool ends_always(int32_t code) { return contains(U"。！？", code); }
bool closes(int32_t code) { return contains(U"\"')]»”’」』）】", code); }

// The word before the full stop at `stop`: an initial, or a title that a name follows?
bool is_abbreviation(std::string_view text, size_t stop) {
  constexpr std::array<std::string_view, 8> titles{"Mr", "Mrs", "Ms",  "Dr",
                                                   "St", "M",   "Mme", "Prof"};
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  size_t begin = stop;
  while (begin > 0 && stop - begin < 5 && is_letter(text[begin - 1])) --begin;
  const std::string_view word = text.substr(begin, stop - begin);
  const bool initial = word.size() == 1 && word[0] >= 'A' && word[0] <= 'Z' && word[0] != 'I';
  return initial || std::find(titles.begin(), titles.end(), word) != titles.end();
}

size_t skip_while(std::string_view text, size_t position, bool (*holds)(int32_t)) {
  while (position < text.size()) {
    const Character c = read_character(text, position);
    if (!holds(c.code)) break;
    position += c.bytes;
  }
  return position;
}

// Where to cut a stretch that is too long: after its last space, or else between two characters.
size_t cut(std::string_view text) {
  const size_t space = text.find_last_of(" \t\r\n", kMaxSentenceBytes - 1);
  if (space != std::string_view::npos && space > 0) return space;
  size_t end = kMaxSentenceBytes;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

void append_sentence(std::string_view text, std::vector<std::string>& sentences) {
  std::string sentence;
  bool space = false;
  for (size_t i = 0; i < text.size();) {
    const Character c = read_character(text, i);
    if (is_white_space(c.code)) {
      space = !sentence.empty();
    } else {
      if (space) sentence.push_back(' ');
      space = false;
      sentence.append(text, i, c.bytes);
    }
    i += c.bytes;
  }
  if (!sentence.empty()) sentences.push_back(std::move(sentence));
}

}  // namespace

std::optional<size_t> find_sentence_end(std::string_view text, size_t from) {
  for (size_t i = from; i < text.size();) {
    const Character c = read_character(text, i);
    const size_t stop = i;
    i += c.bytes;
    if (ends_always(c.code)) {
      i = skip_while(text, i, ends_always);
      return skip_while(text, i, closes);
    }
    if (!ends_before_space(c.code)) continue;
    const size_t after_marks = skip_while(text, i, ends_before_space);
    const bool single_stop = c.code == '.' && after_marks == i;
    i = skip_while(text, after_marks, closes);
    const size_t next = skip_while(text, i, is_white_space);
    if (next == text.size()) return i;
    if (next == i || is_lower_case(read_character(text, next).code)) continue;
    if (!single_stop || !is_abbreviation(text, stop)) return i;
  }
  return std::nullopt;
}

void split_sentences(std::string_view text, std::vector<std::string>& sentences) {
  while (!text.empty()) {
    // Looking no further than a sentence may be long keeps the whole linear.
    const bool too_long = text.size() > kMaxSentenceBytes;
    const std::string_view window = too_long ? text.substr(0, cut(text)) : text;
    const size_t end = find_sentence_end(window).value_or(window.size());
    append_sentence(text.substr(0, end), sentences);
    text.remove_prefix(end);
  }
}

}  // namespace gradus::text
