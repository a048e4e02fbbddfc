#include "models/text/vocabulary.hpp"

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

std::string load_error(const std::string& contents) {
  const TemporaryDirectory directory;
  const auto file = directory.write("vocab.txt", contents);
  const std::string message = message_of<FormatError>([&] { Vocabulary::load(file); });
  CHECK(has(message, file.string()));
  return message;
}

constexpr std::string_view kSpecialLines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

}  // namespace

TEST_CASE("vocabulary: ids are line numbers, wherever the special tokens are", "[text]") {
  const Vocabulary vocabulary({"a", "[UNK]", "[MASK]", "[PAD]", "##b", "[SEP]", "[CLS]", "##"});
  CHECK(vocabulary.size() == 8);
  CHECK(vocabulary.find("##b") == 4);
  CHECK_FALSE(vocabulary.find("b").has_value());
  CHECK(vocabulary.token(0) == "a");
  CHECK(vocabulary.pad() == 3);
  CHECK(vocabulary.unknown() == 1);
  CHECK(vocabulary.cls() == 6);
  CHECK(vocabulary.sep() == 5);
  CHECK(vocabulary.mask() == 2);
  CHECK(vocabulary.is_special(6));
  CHECK_FALSE(vocabulary.is_special(0));
  CHECK(vocabulary.is_continuation(4));
  CHECK_FALSE(vocabulary.is_continuation(7));
  CHECK_THROWS_AS(vocabulary.token(8), IndexError);
  CHECK_THROWS_AS(vocabulary.token(-1), IndexError);
}

TEST_CASE("vocabulary: what was saved is loaded", "[text]") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vocab.txt";
  const Vocabulary saved = make_vocabulary({"é", "##天", "a"});
  saved.save(file);
  CHECK(Vocabulary::load(file).to_text() == saved.to_text());
  // Written by an editor on Windows, without a last line feed.
  const auto other = directory.write("crlf.txt", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\na");
  CHECK(Vocabulary::load(other).find("a") == 5);
}

TEST_CASE("vocabulary: errors name the file and the problem", "[text]") {
  CHECK(has(load_error("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"), "has no [MASK]"));
  CHECK(has(load_error(""), "is empty"));
  CHECK(has(load_error(std::string(kSpecialLines) + "a\nb\na\n"), "'a' twice, in lines 6 and 8"));
  CHECK(has(load_error(std::string(kSpecialLines) + "a\n\nb\n"), "empty token in line 7"));
  CHECK(has(load_error(std::string("a\0b\n", 4)), "binary"));
  CHECK(has(message_of<IoError>([] { Vocabulary::load("/nowhere/vocab.txt"); }), "no such file"));
}
