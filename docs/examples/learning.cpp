// Chapter 14: what a table of neighbours knows, and how often a run reads its text.
#include <cmath>
#include <string>
#include <vector>

#include "docs/examples/numbers.hpp"
#include "models/text/neighbour_baseline.hpp"
#include "models/text/text.hpp"

using namespace gradus;

namespace {

// #region table
// What a table of neighbours, made from four short documents, says of "the [?] sat".
std::string guess(std::string_view left, std::string_view right) {
  const std::vector<text::Document> documents = {{{"the cat sat on the mat"}},
                                                 {{"the dog sat on the mat"}},
                                                 {{"the cat sat by the fire"}},
                                                 {{"a dog ran to the fire"}}};
  text::WordCounts words;
  for (const text::Document& d : documents) words.add(d.sentences[0]);
  const text::WordPiece tokenizer(text::train_vocabulary(words, {.size = 60, .min_frequency = 1}));
  const text::NeighbourTable table(text::encode_documents(tokenizer, documents),
                                   tokenizer.vocabulary());
  const auto id = [&](std::string_view word) { return tokenizer.vocabulary().find(word).value(); };
  return tokenizer.vocabulary().token(table.predict(id(left), id(right)));
}
// #endregion table

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  // Exercise: the pair decides; then the left neighbour; then the right one.
  numbers.expect(guess("the", "sat") == "cat", "two of three are cats");
  numbers.expect(guess("a", "sat") == "dog", "after \"a\" only a dog was seen");
  numbers.expect(guess("sat", "mat") == "on", "after \"sat\", on twice and by once");

  numbers.add("ln_v", std::log(3000.0));
  numbers.add("ln_v_and_2", std::log(3000.0) + std::log(2.0));
  // an accuracy p on n tokens is uncertain by √(p(1 − p)/n)
  numbers.add("uncertain", std::sqrt(0.39 * 0.61 / 4471));
  numbers.add("uncertain_nsp", std::sqrt(0.76 * 0.24 / 100));
  return numbers.finish(argc, argv);
}
