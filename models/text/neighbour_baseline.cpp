#include "models/text/neighbour_baseline.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "core/error.hpp"

namespace gradus::text {
namespace {

constexpr int32_t kAny = -1;  // a neighbour that is not looked at

uint64_t context(int32_t left, int32_t right) {
  return (uint64_t{static_cast<uint32_t>(left)} << 32) | static_cast<uint32_t>(right);
}

struct Sighting {
  uint64_t context;
  int32_t token;
  auto operator<=>(const Sighting&) const = default;
};

// The token with most sightings for each context.
std::unordered_map<uint64_t, int32_t> best_of(std::vector<Sighting> sightings) {
  std::sort(sightings.begin(), sightings.end());
  std::unordered_map<uint64_t, int32_t> best;
  uint64_t current = 0;
  std::ptrdiff_t record = 0;  // sightings of the best token in the current context
  for (auto run = sightings.begin(); run != sightings.end();) {
    const auto end = std::upper_bound(run, sightings.end(), *run);
    if (best.empty() || run->context != current) record = 0;
    current = run->context;
    // Tokens come in ascending order: a tie leaves the lower id.
    if (end - run > record) {
      record = end - run;
      best[current] = run->token;
    }
    run = end;
  }
  return best;
}

}  // namespace

NeighbourTable::NeighbourTable(const TokenCorpus& training, const Vocabulary& vocabulary)
    : edge_(vocabulary.sep()), cls_(vocabulary.cls()) {
  require<ValueError>(!training.tokens.empty(), "neighbour table: the training text is empty");
  std::vector<Sighting> sightings;
  const auto see = [&](int32_t left, int32_t token, int32_t right) {
    sightings.push_back({context(left, right), token});
    sightings.push_back({context(left, kAny), token});
    sightings.push_back({context(kAny, right), token});
  };
  for (const int32_t token : training.tokens) sightings.push_back({context(kAny, kAny), token});

  for (size_t d = 0; d < training.document_count(); ++d) {
    for (size_t s = training.documents[d]; s < training.documents[d + 1]; ++s) {
      const bool first = s == training.documents[d];
      const bool last = s + 1 == training.documents[d + 1];
      const size_t begin = training.sentences[s];
      const size_t end = training.sentences[s + 1];
      for (size_t i = begin; i < end; ++i) {
        const bool at_begin = i == begin;
        const bool at_end = i + 1 == end;
        const int32_t left = at_begin && first ? edge_ : training.tokens[i - 1];
        const int32_t right = at_end && last ? edge_ : training.tokens[i + 1];
        see(left, training.tokens[i], right);
        const bool inner_edge = (at_begin && !first) || (at_end && !last);
        if (inner_edge) see(at_begin ? edge_ : left, training.tokens[i], at_end ? edge_ : right);
      }
    }
  }
  best_ = best_of(std::move(sightings));
}

int32_t NeighbourTable::most_frequent() const { return best_.at(context(kAny, kAny)); }

int32_t NeighbourTable::predict(int64_t left, int64_t right) const {
  const auto l = left == cls_ ? edge_ : static_cast<int32_t>(left);
  const auto r = static_cast<int32_t>(right);
  for (const uint64_t key : {context(l, r), context(l, kAny), context(kAny, r)})
    if (const auto found = best_.find(key); found != best_.end()) return found->second;
  return most_frequent();
}

BaselineScores score_baselines(const NeighbourTable& table, std::span<const Batch> batches) {
  BaselineScores scores;
  int64_t right_most_frequent = 0;
  int64_t right_neighbours = 0;
  for (const Batch& batch : batches) {
    for (size_t m = 0; m < batch.masked_positions.size(); ++m) {
      // Masked positions lie between [CLS] and the last [SEP]: both neighbours exist.
      const auto position = static_cast<size_t>(batch.masked_positions[m]);
      const int64_t left = batch.input_ids[position - 1];
      const int64_t right = batch.input_ids[position + 1];
      const int64_t label = batch.masked_labels[m];
      right_most_frequent += table.most_frequent() == label;
      right_neighbours += table.predict(left, right) == label;
      ++scores.masked_tokens;
    }
  }
  if (scores.masked_tokens == 0) return scores;
  const auto total = static_cast<double>(scores.masked_tokens);
  scores.most_frequent = static_cast<double>(right_most_frequent) / total;
  scores.neighbours = static_cast<double>(right_neighbours) / total;
  return scores;
}

}  // namespace gradus::text
