#include "models/text/segment_plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "models/text/shuffle.hpp"

namespace gradus::text {
namespace {

// The use that a random number is put to, as the stream it comes from: one does not depend on how
// many of another were drawn.
enum class Use : uint64_t { shift, split, trades };

RandomReader reader_for(const PlanOptions& options, Use use) {
  return RandomReader({derive_seed(options.random), static_cast<uint64_t>(use)});
}

// Calls f(document, first, last) for the sentences [first, last) of each example.
template <class F>
void for_each_group(const TokenCorpus& corpus, const PlanOptions& options, F f) {
  RandomReader random = reader_for(options, Use::shift);
  for (size_t d = 0; d < corpus.document_count(); ++d) {
    size_t budget = options.shift ? 1 + random.below(options.budget) : options.budget;
    const size_t end = corpus.documents[d + 1];
    for (size_t first = corpus.documents[d]; first < end;) {
      size_t last = first + 1;
      while (last < end && corpus.sentences[last + 1] - corpus.sentences[first] <= budget) ++last;
      f(d, first, last);
      first = last;
      budget = options.budget;
    }
  }
}

size_t length(const Span& segment) { return segment.end - segment.begin; }

// Two pairs may trade their B when they are of different documents and both still fit.
bool can_trade(const Example& x, const Example& y, size_t budget) {
  return x.document_a != y.document_a && length(x.a) + length(y.b) <= budget &&
         length(y.a) + length(x.b) <= budget;
}

// Couples of pairs that can trade, of equal or nearly equal length of B. Each pair is in at most
// one couple.
std::vector<std::pair<size_t, size_t>> match_couples(const std::vector<Example>& examples,
                                                     std::vector<size_t> pairs, size_t budget) {
  std::stable_sort(pairs.begin(), pairs.end(), [&](size_t i, size_t j) {
    return length(examples[i].b) < length(examples[j].b);
  });
  // Walking through that order, each pair takes the nearest one before it that is still free,
  // looking back over a few: what waits is rarely more than one, unless one document is the
  // larger part of the text.
  constexpr size_t kLookBack = 16;
  std::vector<std::pair<size_t, size_t>> couples;
  std::vector<size_t> waiting;
  for (const size_t i : pairs) {
    const auto end =
        waiting.rbegin() + static_cast<std::ptrdiff_t>(std::min(kLookBack, waiting.size()));
    const auto partner = std::find_if(waiting.rbegin(), end, [&](size_t j) {
      return can_trade(examples[i], examples[j], budget);
    });
    if (partner == end) {
      waiting.push_back(i);
    } else {
      couples.emplace_back(*partner, i);
      waiting.erase(std::next(partner).base());
    }
  }
  return couples;
}

// Lets couples, drawn by lot, trade their B until half of the pairs are kNotNext.
void trade_segments(std::vector<Example>& examples, const PlanOptions& options) {
  std::vector<size_t> pairs;
  for (size_t i = 0; i < examples.size(); ++i)
    if (examples[i].label == kIsNext) pairs.push_back(i);
  RandomReader random = reader_for(options, Use::trades);
  shuffle(pairs, random);  // so that ties in length are broken by lot
  auto couples = match_couples(examples, pairs, options.budget);
  shuffle(couples, random);
  couples.resize(std::min(couples.size(), (pairs.size() + 2) / 4));
  for (const auto& [i, j] : couples) {
    std::swap(examples[i].b, examples[j].b);
    std::swap(examples[i].document_b, examples[j].document_b);
    examples[i].label = examples[j].label = kNotNext;
  }
}

}  // namespace

std::vector<Example> plan_examples(const TokenCorpus& corpus, const PlanOptions& options) {
  std::vector<Example> examples;
  RandomReader random = reader_for(options, Use::split);
  for_each_group(corpus, options, [&](size_t document, size_t first, size_t last) {
    Example example;
    example.document_a = example.document_b = static_cast<uint32_t>(document);
    const bool pair = options.pairs && last - first >= 2;
    const size_t split = pair ? first + 1 + random.below(last - first - 1) : last;
    example.a = {corpus.sentences[first], corpus.sentences[split]};
    example.b = {corpus.sentences[split], corpus.sentences[last]};
    if (pair) example.label = kIsNext;
    require<ValueError>(example.tokens() <= options.budget,
                        "plan_examples: a sentence of {} tokens is over the budget of {}",
                        example.tokens(), options.budget);
    examples.push_back(example);
  });
  trade_segments(examples, options);
  return examples;
}

size_t count_examples(const TokenCorpus& corpus, const PlanOptions& options) {
  size_t count = 0;
  for_each_group(corpus, options, [&](size_t, size_t, size_t) { ++count; });
  return count;
}

std::string why_no_pairs(const TokenCorpus& corpus, size_t budget) {
  if (corpus.sentence_count() < 2) return "the text has a single sentence";
  if (corpus.document_count() < 2) return "the text has a single document";
  size_t with_pair = 0;  // documents in which two neighbours fit the budget
  for (size_t d = 0; d < corpus.document_count(); ++d) {
    for (size_t s = corpus.documents[d]; s + 1 < corpus.documents[d + 1]; ++s) {
      if (corpus.sentences[s + 2] - corpus.sentences[s] > budget) continue;
      ++with_pair;
      break;
    }
  }
  if (with_pair >= 2) return {};
  return fmt::format(
      "{} of {} documents have two neighbouring sentences that fit into {} tokens, 2 are needed",
      with_pair, corpus.document_count(), budget);
}

}  // namespace gradus::text
