#include "models/text/wordpiece.hpp"

#include "core/error.hpp"
#include "core/io/file.hpp"
#include "core/io/json.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

Json read_golden() {
  return parse_json(read_file(GRADUS_SOURCE_DIR "/tests/golden/wordpiece.json", 1 << 24));
}

std::vector<int32_t> ids_of(const std::vector<Token>& tokens) {
  std::vector<int32_t> ids;
  for (const Token& token : tokens) ids.push_back(token.id);
  return ids;
}

// 64-bit FNV-1a of (id, begin, end) of each token, as tests/golden/wordpiece.py has it.
std::string checksum(const std::vector<Token>& tokens) {
  uint64_t hash = 0xCBF29CE484222325ull;
  const auto add = [&](uint64_t number) {
    for (int shift = 0; shift < 32; shift += 8)
      hash = (hash ^ ((number >> shift) & 0xFF)) * 0x100000001B3ull;
  };
  for (const Token& token : tokens) {
    add(static_cast<uint64_t>(token.id));
    add(token.source.begin);
    add(token.source.end);
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace

TEST_CASE("wordpiece: ids and offsets agree with Hugging Face", "[text]") {
  const auto golden = read_golden();
  const Vocabulary vocabulary(golden["vocabulary"].get<std::vector<std::string>>());
  for (const auto& expected : golden["cases"]) {
    const WordPiece wordpiece(vocabulary, {.lower_case = expected["lower_case"]});
    const std::string text = golden["texts"][expected["text"].get<size_t>()];
    INFO(text);
    const std::vector<Token> tokens = wordpiece.tokenize(text);
    CHECK(ids_of(tokens) == expected["ids"].get<std::vector<int32_t>>());
    CHECK(wordpiece.ids(text) == ids_of(tokens));
    std::vector<std::vector<size_t>> offsets;
    for (const Token& token : tokens) offsets.push_back({token.source.begin, token.source.end});
    CHECK(offsets == expected["offsets"].get<std::vector<std::vector<size_t>>>());
  }
}

TEST_CASE("wordpiece: the whole sample text agrees with Hugging Face", "[text]") {
  const auto golden = read_golden();
  const Vocabulary vocabulary(golden["vocabulary"].get<std::vector<std::string>>());
  const std::string text = read_text_file(kSampleText);
  for (const bool lower : {true, false}) {
    const auto& expected = golden[lower ? "sample_lower" : "sample_cased"];
    const auto tokens = WordPiece(vocabulary, {.lower_case = lower}).tokenize(text);
    CHECK(tokens.size() == expected["tokens"].get<size_t>());
    CHECK(checksum(tokens) == expected["fnv1a"].get<std::string>());
  }
}

TEST_CASE("wordpiece: pairs are cut as Hugging Face cuts them", "[text]") {
  const auto golden = read_golden();
  const WordPiece wordpiece{Vocabulary(golden["vocabulary"].get<std::vector<std::string>>())};
  for (const auto& expected : golden["pairs"]) {
    const std::string a = golden["texts"][expected["a"].get<size_t>()];
    const std::string b = golden["texts"][expected["b"].get<size_t>()];
    const Encoding encoding = wordpiece.encode(a, b, expected["max_length"].get<size_t>());
    CHECK(encoding.ids == expected["ids"].get<std::vector<int32_t>>());
    CHECK(encoding.type_ids == expected["type_ids"].get<std::vector<int32_t>>());
    CHECK(encoding.source.size() == encoding.ids.size());
  }
}

TEST_CASE("wordpiece: the longest piece first, or [UNK] for the whole word", "[text]") {
  const WordPiece wordpiece(make_vocabulary({"un", "unw", "##ant", "##want", "##ed"}));
  CHECK(wordpiece.ids("unwanted") == std::vector<int32_t>{6, 7, 9});
  CHECK(wordpiece.ids("unwantedx un") == std::vector<int32_t>{1, 5});
  CHECK(wordpiece.ids("want") == std::vector<int32_t>{1});
}

TEST_CASE("wordpiece: special tokens are text unless they are asked for", "[text]") {
  const WordPiece wordpiece(make_vocabulary({"a", "b", "[", "]", "mask", "##mask"}));
  CHECK(wordpiece.ids("[MASK]") == std::vector<int32_t>{7, 9, 8});
  const auto tokens = wordpiece.tokenize("a[MASK]b [mask] [[SEP]", SpecialTokens::recognised);
  CHECK(tokens == std::vector<Token>{{5, {0, 1}},
                                     {4, {1, 7}},
                                     {6, {7, 8}},
                                     {7, {9, 10}},
                                     {9, {10, 14}},
                                     {8, {14, 15}},
                                     {7, {16, 17}},
                                     {3, {17, 22}}});
}

TEST_CASE("wordpiece: one text alone, cut at the end", "[text]") {
  const WordPiece wordpiece(make_vocabulary({"a", "b", "c"}));
  const Encoding encoding = wordpiece.encode("a b c", std::nullopt, 4);
  CHECK(encoding.ids == std::vector<int32_t>{2, 5, 6, 3});
  CHECK(encoding.type_ids == std::vector<int32_t>(4, 0));
  CHECK(encoding.source == std::vector<Span>{{0, 0}, {0, 1}, {2, 3}, {0, 0}});
  CHECK_THROWS_AS(wordpiece.encode("a", std::nullopt, 2), ValueError);
}

TEST_CASE("decode: pieces joined, spaces as in writing", "[text]") {
  WordCounts words;
  const std::vector<std::string> texts{
      "\"what day is it?\" asked mr. quill; \"it's (nearly) monday!\"", "don't: stop, now",
      "天还没有亮，阿娜的面包房", "two 中文 words"};
  for (const auto& text : texts) words.add(text);
  const WordPiece wordpiece(train_vocabulary(words, {.min_frequency = 2}));
  for (const std::string& text : {texts[0], texts[1], texts[2]})
    CHECK(wordpiece.decode(wordpiece.ids(text)) == text);
  CHECK(wordpiece.decode(wordpiece.ids(texts[3])) == "two中文words");

  const auto encoding = wordpiece.encode("two words");
  CHECK(wordpiece.decode(encoding.ids) == "two words");
  CHECK(wordpiece.decode(encoding.ids, true) == "[CLS] two words [SEP]");
  CHECK(wordpiece.decode({}).empty());
  CHECK_THROWS_AS(wordpiece.decode(std::vector<int32_t>{-1}), IndexError);
}
