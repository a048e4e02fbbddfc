#include "models/text/masking.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "models/text/shuffle.hpp"

namespace gradus::text {

Masker::Masker(const Vocabulary& vocabulary, MaskOptions options)
    : options_(options), mask_(vocabulary.mask()), unknown_(vocabulary.unknown()) {
  require<ValueError>(options.rate > 0 && options.rate <= 1, "masking rate {} is not in (0, 1]",
                      options.rate);
  require<ValueError>(options.max_predictions > 0, "at most 0 predictions a sequence: need 1");
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    special_.push_back(vocabulary.is_special(id));
    continuation_.push_back(vocabulary.is_continuation(id));
    if (!special_.back()) ordinary_.push_back(id);
  }
  require<ValueError>(!ordinary_.empty(), "the vocabulary has special tokens only");
}

// The positions that may be chosen, in groups that are chosen together: one token each, or with
// whole_words a piece and the ## pieces after it.
std::vector<std::vector<size_t>> Masker::maskable_words(std::span<const int32_t> sequence) const {
  std::vector<std::vector<size_t>> words;
  std::vector<std::vector<size_t>> unknown_words;
  for (size_t i = 0; i < sequence.size(); ++i) {
    const auto id = static_cast<size_t>(sequence[i]);
    if (sequence[i] == unknown_) unknown_words.push_back({i});
    if (special_[id]) continue;
    const bool continues =
        options_.whole_words && continuation_[id] && !words.empty() && words.back().back() + 1 == i;
    if (continues) {
      words.back().push_back(i);
    } else {
      words.push_back({i});
    }
  }
  return words.empty() ? unknown_words : words;
}

std::vector<MaskedToken> Masker::mask(std::span<int32_t> sequence, RandomStream stream) const {
  std::vector<std::vector<size_t>> words = maskable_words(sequence);
  size_t candidates = 0;
  for (const auto& word : words) candidates += word.size();
  const auto share =
      static_cast<size_t>(std::llround(options_.rate * static_cast<double>(candidates)));
  const size_t wanted = std::clamp<size_t>(share, 1, options_.max_predictions);

  // Words by lot; one that would be too much is passed over, unless nothing else was found.
  RandomReader random(stream);
  shuffle(words, random);
  std::vector<size_t> chosen;
  for (const auto& word : words)
    if (chosen.size() + word.size() <= wanted)
      chosen.insert(chosen.end(), word.begin(), word.end());
  if (chosen.empty() && !words.empty()) {
    words[0].resize(std::min(words[0].size(), wanted));
    chosen = words[0];
  }
  std::sort(chosen.begin(), chosen.end());

  // #region eighty-ten-ten
  std::vector<MaskedToken> masked;
  for (const size_t position : chosen) {
    masked.push_back({position, sequence[position]});
    const double lot = random.uniform();
    if (lot < 0.8) {
      sequence[position] = mask_;
    } else if (lot < 0.9) {
      sequence[position] = ordinary_[random.below(ordinary_.size())];
    }
  }
  return masked;
  // #endregion eighty-ten-ten
}

}  // namespace gradus::text
