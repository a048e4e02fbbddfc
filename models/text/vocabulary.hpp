// The tokens of a model: line n of vocab.txt is the token with id n. Holds the five special
// tokens of BERT, and never a token twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gradus::text {

// In the order in which a trained vocabulary begins with them.
inline constexpr std::string_view kSpecialTokens[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

// What marks a piece that continues a word: "play", "##ing".
inline constexpr std::string_view kContinuation = "##";

// Lets a hash table of strings be searched with a string_view, without making a string.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
template <class Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

class Vocabulary {
 public:
  // `name` stands for the vocabulary in messages: its file. FormatError when it is empty, holds an
  // empty token or one twice, or lacks a special token.
  explicit Vocabulary(std::vector<std::string> tokens, const std::string& name = "vocabulary");

  static Vocabulary load(const std::filesystem::path& file);
  void save(const std::filesystem::path& file) const;  // replaces the file as a whole or not at all
  std::string to_text() const;                         // the contents of vocab.txt

  int32_t size() const { return static_cast<int32_t>(tokens_.size()); }
  const std::string& token(int32_t id) const;  // IndexError when out of range
  std::optional<int32_t> find(std::string_view token) const;

  int32_t pad() const { return special_[0]; }
  int32_t unknown() const { return special_[1]; }
  int32_t cls() const { return special_[2]; }
  int32_t sep() const { return special_[3]; }
  int32_t mask() const { return special_[4]; }
  bool is_special(int32_t id) const;
  bool is_continuation(int32_t id) const;  // ##ing, but not ## alone

 private:
  std::vector<std::string> tokens_;
  StringMap<int32_t> ids_;
  int32_t special_[5] = {};
};

}  // namespace gradus::text
