#include "models/text/wordpiece.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace gradus::text {
namespace {

bool is_character_boundary(std::string_view text, size_t position) {
  return position == text.size() || (static_cast<unsigned char>(text[position]) & 0xC0) != 0x80;
}

// How many tokens of a and b are kept of `room`: the longer gives way until both are equal.
std::pair<size_t, size_t> share_room(size_t a, size_t b, size_t room) {
  if (a + b <= room) return {a, b};
  const size_t shorter = std::min({a, b, room / 2});
  return a <= b ? std::pair{shorter, room - shorter} : std::pair{room - shorter, shorter};
}

}  // namespace

WordPiece::WordPiece(Vocabulary vocabulary, CleanOptions options)
    : vocabulary_(std::move(vocabulary)), options_(options) {
  for (int32_t id = 0; id < vocabulary_.size(); ++id) {
    const std::string_view token = vocabulary_.token(id);
    longest_ = std::max(longest_, token.size());
    if (vocabulary_.is_continuation(id))
      continuations_.emplace(token.substr(kContinuation.size()), id);
  }
}

// #region split
// Appends the pieces of the word: at each place the longest piece that the vocabulary has.
void WordPiece::split(const Word& word, std::vector<Token>& pieces) const {
  const size_t first = pieces.size();
  const std::string_view text = word.text;
  bool known = word.characters <= kMaxWordCharacters;
  for (size_t begin = 0; known && begin < text.size();) {
    std::optional<int32_t> id;
    size_t end = std::min(text.size(), begin + longest_);
    for (; end > begin; --end) {
      if (!is_character_boundary(text, end)) continue;
      const std::string_view piece = text.substr(begin, end - begin);
      if (begin == 0) {
        id = vocabulary_.find(piece);
      } else if (const auto found = continuations_.find(piece); found != continuations_.end()) {
        id = found->second;
      }
      if (id) break;
    }
    known = id.has_value();
    if (!known) break;
    pieces.push_back({*id, {word.source[begin].begin, word.source[end - 1].end}});
    begin = end;
  }
  if (known) return;
  pieces.resize(first);
  pieces.push_back({vocabulary_.unknown(), word.span});
}
// #endregion split

// Calls emit(token) for each token of the text, which begins at byte `offset` of a longer one.
template <class Emit>
void WordPiece::for_each_token(std::string_view text, size_t offset, Emit emit) const {
  WordReader reader(text, options_);
  std::vector<Token> pieces;
  for (Word word; reader.next(word);) {
    pieces.clear();
    split(word, pieces);
    for (const Token& piece : pieces)
      emit(Token{piece.id, {piece.source.begin + offset, piece.source.end + offset}});
  }
}

std::optional<int32_t> WordPiece::find_special_at(std::string_view text, size_t position) const {
  for (const std::string_view token : kSpecialTokens)
    if (text.substr(position).starts_with(token)) return vocabulary_.find(token);
  return std::nullopt;
}

std::vector<Token> WordPiece::tokenize(std::string_view text, SpecialTokens special) const {
  std::vector<Token> tokens;
  const auto keep = [&](const Token& token) { tokens.push_back(token); };
  size_t begin = 0;  // of the stretch of ordinary text that is being read
  if (special == SpecialTokens::recognised) {
    size_t position = 0;
    while ((position = text.find('[', position)) != std::string_view::npos) {
      const auto id = find_special_at(text, position);
      if (!id) {
        ++position;
        continue;
      }
      const size_t end = position + vocabulary_.token(*id).size();
      for_each_token(text.substr(begin, position - begin), begin, keep);
      tokens.push_back({*id, {position, end}});
      begin = position = end;
    }
  }
  for_each_token(text.substr(begin), begin, keep);
  return tokens;
}

std::vector<int32_t> WordPiece::ids(std::string_view text) const {
  std::vector<int32_t> ids;
  for_each_token(text, 0, [&](const Token& token) { ids.push_back(token.id); });
  return ids;
}

Encoding WordPiece::encode(std::string_view a, std::optional<std::string_view> b, size_t max_length,
                           SpecialTokens special) const {
  require<ValueError>(max_length >= 3, "encode: max_length is {}, it must be at least 3",
                      max_length);
  std::vector<Token> first = tokenize(a, special);
  std::vector<Token> second = b ? tokenize(*b, special) : std::vector<Token>{};
  const size_t room = max_length - (b ? 3 : 2);
  const auto [keep_first, keep_second] = b ? share_room(first.size(), second.size(), room)
                                           : std::pair{std::min(first.size(), room), size_t{0}};
  first.resize(keep_first);
  second.resize(keep_second);

  Encoding encoding;
  const auto append = [&](const Token& token, int32_t type) {
    encoding.ids.push_back(token.id);
    encoding.type_ids.push_back(type);
    encoding.source.push_back(token.source);
  };
  append({vocabulary_.cls(), {}}, 0);
  for (const Token& token : first) append(token, 0);
  append({vocabulary_.sep(), {}}, 0);
  if (!b) return encoding;
  for (const Token& token : second) append(token, 1);
  append({vocabulary_.sep(), {}}, 1);
  return encoding;
}

}  // namespace gradus::text
