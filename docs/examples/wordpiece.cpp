// Chapter 13: from bytes to ids and back.
#include <fmt/format.h>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "docs/examples/numbers.hpp"
#include "models/text/text.hpp"

using namespace gradus;

namespace {

// #region tiny-vocabulary
// A vocabulary that fits on the page.
text::WordPiece tiny_tokenizer() {
  std::vector<std::string> tokens{"[PAD]", "[UNK]",  "[CLS]", "[SEP]", "[MASK]", ",",   ".",
                                  "我",    "爱",     "un",    "unw",   "want",   "##a", "##nt",
                                  "##ed",  "##want", "the",   "bird",  "##s",    "sing"};
  return text::WordPiece(text::Vocabulary(tokens));
}
// #endregion tiny-vocabulary

std::vector<std::string> pieces(const text::WordPiece& tokenizer, std::string_view text) {
  std::vector<std::string> all;
  for (const text::Token& token : tokenizer.tokenize(text)) {
    all.emplace_back(tokenizer.vocabulary().token(token.id));
  }
  return all;
}

using Pieces = std::vector<std::string>;

// The share of words that are one piece, and pieces a word, of the sample text, for a vocabulary of
// at most `size`, made from the text itself.
void study_size(Numbers& numbers, const text::Corpus& corpus, int64_t size, int at) {
  text::WordCounts words;
  for (const text::Document& document : corpus.documents) {
    for (const std::string& sentence : document.sentences) words.add(sentence);
  }
  const text::WordPiece tokenizer(text::train_vocabulary(words, {.size = size}));
  int64_t tokens = 0, continuations = 0, unknown = 0;
  for (const text::Document& document : corpus.documents) {
    for (const std::string& sentence : document.sentences) {
      for (const int32_t id : tokenizer.ids(sentence)) {
        ++tokens;
        continuations += tokenizer.vocabulary().is_continuation(id);
        unknown += id == tokenizer.vocabulary().unknown();
      }
    }
  }
  const std::string i = fmt::format(".{}", at);
  numbers.add("size.vocabulary" + i, static_cast<double>(size));
  numbers.add("size.tokens" + i, static_cast<double>(tokens));
  numbers.add("size.a_word" + i,
              static_cast<double>(tokens) / static_cast<double>(tokens - continuations));
  numbers.expect(unknown == 0, "no word of the text is unknown");
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  const text::WordPiece tokenizer = tiny_tokenizer();
  numbers.expect(pieces(tokenizer, "unwanted") == Pieces{"unw", "##a", "##nt", "##ed"},
                 "the longest first piece wins, though un ##want ##ed is shorter");
  numbers.expect(pieces(tokenizer, "The birds sing.") == Pieces{"the", "bird", "##s", "sing", "."},
                 "words and punctuation");
  numbers.expect(pieces(tokenizer, "我爱") == Pieces{"我", "爱"}, "Chinese characters are words");
  numbers.expect(pieces(tokenizer, "sings") == Pieces{"sing", "##s"}, "pieces are shared");
  numbers.expect(pieces(tokenizer, "singing") == Pieces{"[UNK]"}, "all or nothing");

  // where the pieces come from, in bytes: 我 takes three
  const std::vector<text::Token> tokens = tokenizer.tokenize("Thé 我");
  numbers.expect(tokens.size() == 2 && tokens[0].source == text::Span{0, 4} &&
                     tokens[1].source == text::Span{5, 8},
                 "accents are gone, the places are of the original");
  const std::vector<int32_t> ids = tokenizer.ids("The birds, sing.");
  numbers.expect(tokenizer.decode(ids) == "the birds, sing.", "and back");
  numbers.add("ids", std::vector<double>(ids.begin(), ids.end()));

  const text::Encoding pair = tokenizer.encode("the birds", "sing.");
  numbers.add("pair.ids", std::vector<double>(pair.ids.begin(), pair.ids.end()));
  numbers.add("pair.types", std::vector<double>(pair.type_ids.begin(), pair.type_ids.end()));

  // Exercise: a sentence of n characters that are unknown words becomes n tokens of [UNK].
  numbers.expect(pieces(tokenizer, "水火") == Pieces{"[UNK]", "[UNK]"}, "one for each character");
  numbers.expect(pieces(tokenizer, "xyz") == Pieces{"[UNK]"}, "one for the word");

  const text::Corpus corpus =
      text::read_corpus(std::vector<std::filesystem::path>{"models/data/linden-bay.en.txt"});
  int at = 0;
  for (const int64_t size : {500, 1000, 2000, 3000, 6000}) study_size(numbers, corpus, size, at++);
  return numbers.finish(argc, argv);
}
