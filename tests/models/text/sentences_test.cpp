#include "models/text/sentences.hpp"

#include "tests/catch.hpp"

using namespace gradus::text;

namespace {

using Sentences = std::vector<std::string>;

Sentences split(std::string_view text) {
  Sentences sentences;
  split_sentences(text, sentences);
  return sentences;
}

}  // namespace

TEST_CASE("sentences end at . ! ? before white space and no small letter", "[text]") {
  CHECK(split("It rains. We stay! Do we?") == Sentences{"It rains.", "We stay!", "Do we?"});
  CHECK(split("It costs 4.50 now. 7 days.") == Sentences{"It costs 4.50 now.", "7 days."});
  CHECK(split("\"Go!\" said Mara. \"Why?\" She left.") ==
        Sentences{"\"Go!\" said Mara.", "\"Why?\"", "She left."});
  CHECK(split("Well... no. Wait?! Yes…  Ok") == Sentences{"Well... no.", "Wait?!", "Yes…", "Ok"});
}

TEST_CASE("sentences do not end after initials and titles", "[text]") {
  CHECK(split("Mr. Quill met J. R. Hill. It was I. Then") ==
        Sentences{"Mr. Quill met J. R. Hill.", "It was I.", "Then"});
  CHECK(split("He came first. Mrs. Ash came last.") ==
        Sentences{"He came first.", "Mrs. Ash came last."});
}

TEST_CASE("sentences of Chinese end with the full stop and its quotes", "[text]") {
  CHECK(split("天亮了。“你去吧。”她笑了！好？") ==
        Sentences{"天亮了。", "“你去吧。”", "她笑了！", "好？"});
}

TEST_CASE("sentences: line breaks and runs of spaces are one space", "[text]") {
  CHECK(split("  A wrapped\r\n line.\n\nNext   one ") == Sentences{"A wrapped line.", "Next one"});
  CHECK(split(" \n ").empty());
  CHECK(split("").empty());
}

TEST_CASE("sentences that never end are cut between words, or characters", "[text]") {
  std::string words;
  for (int i = 0; i < 3000; ++i) words += "word ";
  std::string joined;
  for (const std::string& sentence : split(words)) {
    CHECK(sentence.size() <= kMaxSentenceBytes);
    CHECK(sentence.ends_with("word"));
    joined += sentence + " ";
  }
  CHECK(joined == words);

  std::string han;
  for (int i = 0; i < 2000; ++i) han += "天";
  joined.clear();
  for (const std::string& sentence : split(han)) {
    CHECK(sentence.size() % 3 == 0);
    CHECK(sentence.size() <= kMaxSentenceBytes);
    joined += sentence;
  }
  CHECK(joined == han);
}

TEST_CASE("find_sentence_end: position after the marks, or nothing", "[text]") {
  CHECK(find_sentence_end("No end") == std::nullopt);
  CHECK(find_sentence_end("Yes.") == 4u);
  CHECK(find_sentence_end("One. Two.") == 4u);
  CHECK(find_sentence_end("One. Two.", 4) == 9u);
}
