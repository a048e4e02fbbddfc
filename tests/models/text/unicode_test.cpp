#include "models/text/unicode.hpp"

#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

std::vector<std::string> words_of(std::string_view text, const CleanOptions& options = {}) {
  std::vector<std::string> words;
  WordReader reader(text, options);
  for (Word word; reader.next(word);) words.push_back(word.text);
  return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("words: punctuation stands alone, white space of any kind separates", "[text]") {
  CHECK(words_of("Hello, world!") == Words{"hello", ",", "world", "!"});
  CHECK(words_of("a\tb\nc\r\nd\u00A0e\u3000f\u2028g") == Words{"a", "b", "c", "d", "e", "f", "g"});
  CHECK(words_of("$5+^x") == Words{"$", "5", "+", "^", "x"});
  CHECK(words_of("«là»…") == Words{"«", "la", "»", "…"});
  CHECK(words_of("  \t ").empty());
  CHECK(words_of("").empty());
}

TEST_CASE("words: lower case goes with stripped accents, cased keeps both", "[text]") {
  CHECK(words_of("Crème ÉCOLE e\u0301") == Words{"creme", "ecole", "e"});
  CHECK(words_of("Crème ÉCOLE", {.lower_case = false}) == Words{"Crème", "ÉCOLE"});
  CHECK(words_of("Crème", {.strip_accents = false}) == Words{"crème"});
  CHECK(words_of("Crème", {.lower_case = false, .strip_accents = true}) == Words{"Creme"});
  CHECK(words_of("\u0301").empty());
}

TEST_CASE("words: each CJK ideograph is a word, kana are not", "[text]") {
  CHECK(words_of("点灯ok") == Words{"点", "灯", "ok"});
  CHECK(words_of("点灯", {.space_cjk = false}) == Words{"点灯"});
  CHECK(words_of("テスト") == Words{"テスト"});
}

TEST_CASE("words: control characters are dropped inside a word", "[text]") {
  CHECK(words_of("ze\u200Bro so\u00ADft\a") == Words{"zero", "soft"});
}

TEST_CASE("words: every byte knows its original character", "[text]") {
  const std::string text = " Été,点";  // bytes: space, É 1-3, t 3-4, é 4-6, comma 6-7, 点 7-10
  WordReader reader(text);
  Word word;
  REQUIRE(reader.next(word));
  CHECK(word.text == "ete");
  CHECK(word.source == std::vector<Span>{{1, 3}, {3, 4}, {4, 6}});
  CHECK(word.span == Span{1, 6});
  REQUIRE(reader.next(word));
  CHECK(word.span == Span{6, 7});
  REQUIRE(reader.next(word));
  CHECK(word.source == std::vector<Span>(3, Span{7, 10}));
  CHECK_FALSE(reader.next(word));
}

TEST_CASE("words: a long word is counted and measured in full, kept in part", "[text]") {
  const std::string text = std::string(1000, 'x') + " y";
  WordReader reader(text);
  Word word;
  REQUIRE(reader.next(word));
  CHECK(word.characters == 1000);
  CHECK(word.text.size() == kMaxWordCharacters);
  CHECK(word.span == Span{0, 1000});
  REQUIRE(reader.next(word));
  CHECK(word.text == "y");
}

TEST_CASE("invalid UTF-8 is counted, and replaced or dropped", "[text]") {
  const std::string text =
      "a\xFF"
      "b \xE5\xA4 c";
  const ValidText valid = to_valid_utf8(text);
  CHECK(valid.text == "a\uFFFDb \uFFFD\uFFFD c");
  CHECK(valid.invalid_bytes == 3);
  CHECK(to_valid_utf8("天 ok").invalid_bytes == 0);

  WordReader reader(text);
  Words words;
  for (Word word; reader.next(word);) words.push_back(word.text);
  CHECK(words == Words{"ab", "c"});
  CHECK(reader.invalid_bytes() == 3);

  // Surrogates, overlong forms and code points over U+10FFFF are not UTF-8.
  CHECK(to_valid_utf8("\xED\xA0\x80").invalid_bytes == 3);
  CHECK(to_valid_utf8("\xC0\x80").invalid_bytes == 2);
  CHECK(to_valid_utf8("\xF4\x90\x80\x80").invalid_bytes == 4);
}
