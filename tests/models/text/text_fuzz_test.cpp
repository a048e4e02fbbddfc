// Random bytes through everything that reads text: nothing crashes, and every offset is right.
#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

// Bytes of three kinds: any, pieces of real UTF-8, and ASCII with what is special to us.
std::string random_text(RandomReader& random) {
  constexpr std::string_view pieces[] = {"é",      "e\u0301", "天",  "\u200B", "\uFFFD",  "가",
                                         "[MASK]", "[SEP",    "##a", "İ",      "ﬁ",       "𝒳",
                                         "\u3000", "。",      "”",   ". ",     "\r\n\r\n"};
  std::string text;
  const uint64_t length = random.below(200);
  while (text.size() < length) {
    switch (random.below(3)) {
      case 0:
        text.push_back(static_cast<char>(random.below(256)));
        break;
      case 1:
        text.append(pieces[random.below(std::size(pieces))]);
        break;
      default:
        text.push_back(static_cast<char>(0x20 + random.below(0x60)));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("fuzz: tokens of random bytes lie in the text, in order", "[text]") {
  WordCounts words;
  words.add(read_text_file(kSampleText).substr(0, 50000));
  words.add("é天가ﬁ𝒳。”");
  const Vocabulary vocabulary = train_vocabulary(words, {.size = 500});
  RandomReader random({2024, 1});
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random);
    const WordPiece wordpiece(
        vocabulary, {.lower_case = random.below(2) == 0, .space_cjk = random.below(2) == 0});
    for (const auto special : {SpecialTokens::as_text, SpecialTokens::recognised}) {
      size_t begin = 0;
      size_t end = 0;
      const auto tokens = wordpiece.tokenize(text, special);
      std::vector<int32_t> ids;
      for (const Token& token : tokens) {
        const bool ordered = token.source.begin >= begin && token.source.end >= end;
        const bool inside =
            token.source.begin < token.source.end && token.source.end <= text.size();
        REQUIRE(ordered);
        REQUIRE(inside);
        begin = token.source.begin;
        end = token.source.end;
        ids.push_back(token.id);
      }
      if (special == SpecialTokens::as_text) REQUIRE(wordpiece.ids(text) == ids);
      REQUIRE(to_valid_utf8(wordpiece.decode(ids, true)).invalid_bytes == 0);
    }
  }
}

TEST_CASE("fuzz: random bytes as a corpus", "[text]") {
  RandomReader random({2024, 2});
  for (int round = 0; round < 2000; ++round) {
    const std::string text = to_valid_utf8(random_text(random)).text;
    for (const auto format :
         {CorpusFormat::automatic, CorpusFormat::lines, CorpusFormat::running}) {
      for (const Document& document : parse_documents(text, format)) {
        REQUIRE(!document.sentences.empty());
        for (const std::string& sentence : document.sentences) REQUIRE(!sentence.empty());
      }
    }
  }
}

TEST_CASE("fuzz: random bytes as a vocabulary or configuration are an error, never a crash",
          "[text]") {
  RandomReader random({2024, 3});
  const TemporaryDirectory directory;
  for (int round = 0; round < 200; ++round) {
    const std::string text = random_text(random);
    CHECK_THROWS_AS(parse_tokenizer_config(text, "x"), FormatError);
    CHECK_THROWS_AS(Vocabulary::load(directory.write("vocab.txt", text)), FormatError);
  }
}
