// Sentences of the held-out text with one word masked: what a training shows of what it learned.
#pragma once

#include <string>
#include <vector>

#include "models/text/token_corpus.hpp"
#include "models/text/wordpiece.hpp"

namespace gradus::bert {

struct Cloze {
  std::string text;    // with one [MASK]
  std::string answer;  // the token that stood there
};

// Up to `count` sentences from all over the corpus, of 6 to 20 tokens that are all known; masked is
// the longest word that is one token, of equally long ones the first.
std::vector<Cloze> make_clozes(const text::TokenCorpus& corpus, const text::WordPiece& tokenizer,
                               size_t count);

}  // namespace gradus::bert
