#include "models/text/wordpiece_trainer.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

Vocabulary train(std::string_view text, const VocabularyOptions& options) {
  WordCounts words;
  words.add(text);
  return train_vocabulary(words, options);
}

std::vector<std::string> ordinary_tokens(const Vocabulary& vocabulary) {
  std::vector<std::string> tokens;
  for (int32_t id = 5; id < vocabulary.size(); ++id) tokens.push_back(vocabulary.token(id));
  return tokens;
}

using Tokens = std::vector<std::string>;

// The definition, without any index: count all pairs anew before each merge.
Tokens train_slowly(const std::map<std::string, int64_t>& counts, size_t size) {
  std::vector<std::pair<Tokens, int64_t>> words;
  Tokens vocabulary;
  for (const auto& [word, count] : counts) {
    Tokens pieces;
    for (const char c : word) pieces.push_back((pieces.empty() ? "" : "##") + std::string(1, c));
    for (const auto& piece : pieces)
      if (!std::count(vocabulary.begin(), vocabulary.end(), piece)) vocabulary.push_back(piece);
    words.emplace_back(pieces, count);
  }
  std::sort(vocabulary.begin(), vocabulary.end());
  while (vocabulary.size() < size) {
    std::map<std::pair<std::string, std::string>, int64_t> pairs;
    for (const auto& [pieces, count] : words)
      for (size_t i = 0; i + 1 < pieces.size(); ++i) pairs[{pieces[i], pieces[i + 1]}] += count;
    const auto best =
        std::max_element(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;  // the first of the greatest: the map is in byte order
        });
    if (best == pairs.end() || best->second < 2) break;
    const auto [left, right] = best->first;
    const std::string joined = left + right.substr(2);
    if (!std::count(vocabulary.begin(), vocabulary.end(), joined)) vocabulary.push_back(joined);
    for (auto& [pieces, count] : words) {
      for (size_t i = 0; i + 1 < pieces.size(); ++i) {
        if (pieces[i] != left || pieces[i + 1] != right) continue;
        pieces[i] = joined;
        pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
    }
  }
  return vocabulary;
}

}  // namespace

TEST_CASE("vocabulary training: characters in byte order, then merges by frequency", "[text]") {
  // Pairs: a ##b 5, ##b ##c 2, b ##c 3.
  const Vocabulary vocabulary = train("ab ab ab abc abc bc bc bc", {.size = 100});
  CHECK(ordinary_tokens(vocabulary) == Tokens{"##b", "##c", "a", "b", "ab", "bc", "abc"});
  CHECK(vocabulary.pad() == 0);
  CHECK(vocabulary.mask() == 4);
}

TEST_CASE("vocabulary training: ties go to the first in byte order", "[text]") {
  const Vocabulary vocabulary = train("zy zy ax ax", {.size = 10});
  CHECK(vocabulary.token(9) == "ax");
}

TEST_CASE("vocabulary training: size, frequency and alphabet are limits", "[text]") {
  const std::string text = "ab ab cd aaa e";
  CHECK(train(text, {.size = 8}).size() == 8);
  CHECK_FALSE(train(text, {.size = 100}).find("cd").has_value());
  CHECK(train(text, {.size = 100, .min_frequency = 1}).find("cd").has_value());
  // The three most frequent: a 3, and ##a and ##b 2 each.
  const Vocabulary small = train(text, {.size = 100, .max_alphabet = 3});
  CHECK(ordinary_tokens(small) == Tokens{"##a", "##b", "a", "ab"});
  CHECK_THROWS_AS(train(text, {.size = 5}), ValueError);
  CHECK_THROWS_AS(train("  ", {}), ValueError);
}

TEST_CASE("vocabulary training agrees with the slow definition", "[text]") {
  // Words over few letters, with runs such as "aaaa", repeat pairs and make equal pieces.
  RandomReader random({7, 0});
  for (int round = 0; round < 20; ++round) {
    std::map<std::string, int64_t> counts;
    std::string text;
    for (int w = 0; w < 60; ++w) {
      std::string word;
      const uint64_t length = 1 + random.below(8);
      for (uint64_t i = 0; i < length; ++i)
        word.push_back(static_cast<char>('a' + random.below(3)));
      ++counts[word];
      text += word + " ";
    }
    CHECK(ordinary_tokens(train(text, {.size = 65})) == train_slowly(counts, 60));
  }
}

TEST_CASE("vocabulary training: the sample text gives whole words, always the same", "[text]") {
  const std::string text = read_text_file(kSampleText);
  const Vocabulary vocabulary = train(text, {});
  CHECK(vocabulary.to_text() == train(text, {}).to_text());
  for (const std::string word : {"the", "harbour", "monday", "opposite", "honey"})
    CHECK(vocabulary.find(word).has_value());
  const WordPiece wordpiece(vocabulary);
  const auto ids = wordpiece.ids(text);
  CHECK(std::count(ids.begin(), ids.end(), vocabulary.unknown()) == 0);
}
