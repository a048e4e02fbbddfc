// Chapter 14: what a table of neighbours knows, and how often a run reads its text.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "docs/examples/numbers.hpp"
#include "models/bert/pretraining.hpp"
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

// How often tables made from a part of the sample text's documents guess the held-out tokens.
void study_text(Numbers& numbers) {
  const text::Corpus corpus =
      text::read_corpus(std::vector<std::filesystem::path>{"models/data/linden-bay.en.txt"});
  const bert::PretrainingText text = bert::prepare_text(corpus, 3000);
  const auto held_out = bert::held_out_batches(text, {.max_seq = 512});
  int at = 0;
  std::vector<double> accuracies;
  for (const double part : {16, 8, 4, 2, 1}) {
    const text::TokenCorpus some = text::keep_part(text.train, 1.0 / part);
    const text::NeighbourTable table(some, text.tokenizer.vocabulary());
    const std::string i = fmt::format(".{}", at++);
    numbers.add("text.tokens" + i, static_cast<double>(some.tokens.size()));
    accuracies.push_back(text::score_baselines(table, held_out).neighbours);
    numbers.add("text.neighbours" + i, accuracies.back());
  }
  numbers.add("text.a_doubling", (accuracies.back() - accuracies.front()) / 4);
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  // Exercise: the pair decides; then the left neighbour; then the right one.
  numbers.expect(guess("the", "sat") == "cat", "two of three are cats");
  numbers.expect(guess("a", "sat") == "dog", "after \"a\" only a dog was seen");
  numbers.expect(guess("sat", "mat") == "on", "after \"sat\", on twice and by once");

  study_text(numbers);
  numbers.add("ln_v", std::log(3000.0));
  numbers.add("ln_v_and_2", std::log(3000.0) + std::log(2.0));
  // an accuracy p on n tokens is uncertain by √(p(1 − p)/n)
  numbers.add("uncertain", std::sqrt(0.39 * 0.61 / 4471));
  numbers.add("uncertain_nsp", std::sqrt(0.76 * 0.24 / 100));
  return numbers.finish(argc, argv);
}
