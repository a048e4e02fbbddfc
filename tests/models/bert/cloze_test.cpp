// Sentences with one word masked, for the report of a training.
#include "models/bert/cloze.hpp"

#include "tests/catch.hpp"

using namespace gradus;

namespace {

const text::WordPiece kTokenizer(text::Vocabulary({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                                   "the", "cat", "sees", "a", "lantern", "##s",
                                                   "tree", "."}));

// A corpus of one document.
text::TokenCorpus corpus(const std::vector<std::string>& sentences) {
  text::TokenCorpus result;
  for (const std::string& sentence : sentences) {
    result.append_sentence(kTokenizer.ids(sentence));
  }
  result.finish_document();
  return result;
}

}  // namespace

TEST_CASE("cloze: the longest whole word is masked, and known") {
  const auto clozes = bert::make_clozes(corpus({"the cat sees a tree ."}), kTokenizer, 5);
  REQUIRE(clozes.size() == 1);
  CHECK(clozes[0].text == "the cat [MASK] a tree.");  // of "sees" and "tree" the first
  CHECK(clozes[0].answer == "sees");

  // "lanterns" is two pieces: neither is a word.
  const auto pieces = bert::make_clozes(corpus({"the cat sees the lanterns ."}), kTokenizer, 5);
  CHECK(pieces.at(0).answer == "sees");
}

TEST_CASE("cloze: short, long and unknown sentences are passed over") {
  std::string long_sentence;
  for (int i = 0; i < 21; ++i) long_sentence += "cat ";
  const auto all = corpus({"the cat sees .", long_sentence, "the cat sees a dog .", ". . . . . ."});
  CHECK(bert::make_clozes(all, kTokenizer, 5).empty());
  CHECK(bert::make_clozes({}, kTokenizer, 5).empty());
}

TEST_CASE("cloze: they come from all over the text") {
  std::vector<std::string> sentences;
  for (int i = 0; i < 10; ++i) {
    sentences.push_back(i < 5 ? "the cat sees a cat ." : "the cat sees a lantern .");
  }
  const auto clozes = bert::make_clozes(corpus(sentences), kTokenizer, 4);
  REQUIRE(clozes.size() == 4);
  CHECK(clozes[0].answer == "sees");
  CHECK(clozes[3].answer == "lantern");
}
