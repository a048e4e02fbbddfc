#include "models/text/segment_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

size_t length(const Span& span) { return span.end - span.begin; }

int64_t count_label(const std::vector<Example>& examples, int64_t label) {
  return std::count_if(examples.begin(), examples.end(),
                       [&](const Example& example) { return example.label == label; });
}

size_t document_of(const TokenCorpus& corpus, size_t token) {
  size_t d = 0;
  while (corpus.sentences[corpus.documents[d + 1]] <= token) ++d;
  return d;
}

}  // namespace

TEST_CASE("examples: every token once, whole sentences, within the budget", "[text]") {
  const TokenCorpus corpus = random_corpus(40, 15, 100, 1);
  const std::set<size_t> edges(corpus.sentences.begin(), corpus.sentences.end());
  for (const bool shift : {false, true}) {
    const PlanOptions options{.budget = 40, .shift = shift, .random = {5, 6}};
    const auto examples = plan_examples(corpus, options);
    std::vector<int> uses(corpus.tokens.size());
    for (const Example& example : examples) {
      CHECK(example.tokens() <= 40);
      for (const Span& span : {example.a, example.b}) {
        CHECK(edges.contains(span.begin));
        CHECK(edges.contains(span.end));
        for (size_t i = span.begin; i < span.end; ++i) ++uses[i];
      }
    }
    CHECK(std::count(uses.begin(), uses.end(), 1) == std::ssize(uses));
    CHECK(count_examples(corpus, options) == examples.size());
  }
}

TEST_CASE("examples: labels tell the truth and are balanced", "[text]") {
  const TokenCorpus corpus = random_corpus(60, 20, 100, 2);
  const auto examples = plan_examples(corpus, {.budget = 40, .random = {1, 1}});
  for (const Example& example : examples) {
    if (example.label == kNoLabel) {
      CHECK(length(example.b) == 0);
      continue;
    }
    CHECK(length(example.a) > 0);
    CHECK(length(example.b) > 0);
    const size_t document_a = document_of(corpus, example.a.begin);
    const size_t document_b = document_of(corpus, example.b.begin);
    CHECK(document_a == example.document_a);
    CHECK(document_b == example.document_b);
    if (example.label == kIsNext) CHECK(example.b.begin == example.a.end);
    if (example.label == kNotNext) CHECK(document_a != document_b);
  }
  CHECK(std::abs(count_label(examples, kIsNext) - count_label(examples, kNotNext)) <= 4);
}

TEST_CASE("examples: length says nothing about the label", "[text]") {
  const TokenCorpus corpus = random_corpus(300, 20, 100, 3);
  std::map<int64_t, double> sum_b, sum_total, count;
  std::map<int64_t, std::map<size_t, double>> histogram;
  for (uint64_t pass = 0; pass < 10; ++pass) {
    for (const Example& example :
         plan_examples(corpus, {.budget = 45, .shift = true, .random = {2, pass}})) {
      if (example.label == kNoLabel) continue;
      sum_b[example.label] += static_cast<double>(length(example.b));
      sum_total[example.label] += static_cast<double>(example.tokens());
      ++count[example.label];
      ++histogram[example.label][length(example.b) / 4];
    }
  }
  // About 4,500 pairs of either label. B has a standard deviation of about 8 tokens, so that of the
  // difference of two means is 0.17; the totals have half of that. Margins of 4 deviations.
  CHECK(count[kIsNext] > 4000);
  CHECK(sum_b[kIsNext] / count[kIsNext] == Approx(sum_b[kNotNext] / count[kNotNext]).margin(0.7));
  CHECK(sum_total[kIsNext] / count[kIsNext] ==
        Approx(sum_total[kNotNext] / count[kNotNext]).margin(0.4));
  for (const auto& [bin, n] : histogram[kIsNext])
    CHECK(histogram[kNotNext][bin] / count[kNotNext] == Approx(n / count[kIsNext]).margin(0.04));
}

TEST_CASE("examples: without pairs there is A alone", "[text]") {
  const TokenCorpus corpus = random_corpus(5, 9, 100, 4);
  for (const Example& example : plan_examples(corpus, {.budget = 30, .pairs = false})) {
    CHECK(example.label == kNoLabel);
    CHECK(length(example.b) == 0);
  }
}

TEST_CASE("examples: a pure function of the stream, different for another", "[text]") {
  const TokenCorpus corpus = random_corpus(30, 12, 100, 5);
  const auto starts = [&](uint64_t pass) {
    std::vector<size_t> begins;
    for (const Example& e :
         plan_examples(corpus, {.budget = 40, .shift = true, .random = {8, pass}}))
      begins.insert(begins.end(), {e.a.begin, e.b.begin});
    return begins;
  };
  CHECK(starts(0) == starts(0));
  CHECK(starts(0) != starts(1));
}

TEST_CASE("examples: one large document does not break the trade", "[text]") {
  TokenCorpus corpus = random_corpus(1, 200, 100, 6);
  const TokenCorpus small = random_corpus(1, 4, 100, 7);
  for (size_t s = 0; s < small.sentence_count(); ++s) corpus.append_sentence(small.sentence(s));
  corpus.finish_document();
  const auto examples = plan_examples(corpus, {.budget = 20, .random = {1, 2}});
  for (const Example& example : examples)
    if (example.label == kNotNext) CHECK(example.document_a != example.document_b);
  CHECK(count_label(examples, kNotNext) <= 4);
}

TEST_CASE("why NSP is not possible", "[text]") {
  const auto reason = [](const std::vector<TokenDocument>& documents, size_t budget = 20) {
    return why_no_pairs(to_token_corpus(documents), budget);
  };
  CHECK(has(reason({{{5, 6}}}), "single sentence"));
  CHECK(has(reason({{{5, 6}, {7}}}), "single document"));
  CHECK(has(reason({{{5, 6}, {7}}, {{8}}}), "1 of 2 documents"));
  CHECK(has(reason({{{5, 6}, {7}}, {{8}, {9}}}, 2), "fit into 2 tokens"));
  CHECK(reason({{{5, 6}, {7}}, {{8}, {9}}}).empty());
}

TEST_CASE("examples: a sentence over the budget is an error", "[text]") {
  const std::vector<TokenDocument> documents{{{5, 6, 7, 8}}};
  CHECK_THROWS_AS(plan_examples(to_token_corpus(documents), {.budget = 3}), ValueError);
}

TEST_CASE("long sentences are cut into parts of half the room", "[text]") {
  const std::vector<TokenDocument> documents{{{1, 2, 3, 4, 5, 6, 7}, {8, 9, 10, 11}}, {{12}}};
  const TokenCorpus cut = cut_long_sentences(to_token_corpus(documents), 4);
  CHECK(cut.tokens == to_token_corpus(documents).tokens);
  CHECK(cut.sentences == std::vector<size_t>{0, 2, 4, 6, 7, 11, 12});
  CHECK(cut.documents == std::vector<size_t>{0, 5, 6});
}
