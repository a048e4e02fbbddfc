// Which tokens make up each example of one pass over the corpus: a segment A of whole sentences
// and, for next-sentence prediction (NSP), a segment B (Devlin et al. 2018, section 3.1, task 2).
//
// Nothing but the meaning gives the label away: half of the pairs, drawn by lot, trade their true
// B in couples, each with a pair of another document whose B is as long.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random/philox.hpp"
#include "models/text/token_corpus.hpp"

namespace gradus::text {

// Labels as in Hugging Face's BertForPreTraining; kNoLabel is the ignore_index of cross-entropy.
inline constexpr int64_t kIsNext = 0;
inline constexpr int64_t kNotNext = 1;
inline constexpr int64_t kNoLabel = -100;

struct Example {
  Span a;                    // into TokenCorpus::tokens
  Span b;                    // empty without NSP, and where no second sentence fitted
  int64_t label = kNoLabel;  // has one exactly when b is not empty
  uint32_t document_a = 0;
  uint32_t document_b = 0;
  size_t tokens() const { return a.end - a.begin + b.end - b.begin; }
};

struct PlanOptions {
  size_t budget = 61;        // tokens in A and B together; no sentence of the corpus may be longer
  bool pairs = true;         // A and B, or A alone
  bool shift = false;        // let the first example of each document be shorter by chance, so that
                             // sentences are grouped differently in each pass
  RandomStream random = {};  // all chance comes from here
};

// The examples of a pass, in the order of the corpus. An example takes as many whole sentences as
// fit the budget and is split into A and B between two of them, drawn by lot; one that has room
// for a single sentence has no B. Every token is in exactly one example. Half of the pairs are
// kNotNext, to within 2; fewer where over three quarters of them are of the same document.
std::vector<Example> plan_examples(const TokenCorpus& corpus, const PlanOptions& options);

// Number of examples that plan_examples would return, sooner.
size_t count_examples(const TokenCorpus& corpus, const PlanOptions& options);

// Why NSP cannot be learned from the corpus, for a person; empty when it can.
std::string why_no_pairs(const TokenCorpus& corpus, size_t budget);

}  // namespace gradus::text
