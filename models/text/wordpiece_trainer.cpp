#include "models/text/wordpiece_trainer.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.hpp"

namespace gradus::text {
namespace {

using Pair = std::pair<int32_t, int32_t>;  // two neighbouring pieces

struct PairHash {
  size_t operator()(const Pair& pair) const {
    const auto key = (static_cast<uint64_t>(pair.first) << 32) | static_cast<uint32_t>(pair.second);
    return std::hash<uint64_t>{}(key * 0x9E3779B97F4A7C15ull);
  }
};

struct PairUse {
  int64_t count = 0;            // occurrences in the text
  std::vector<uint32_t> words;  // that held the pair at some time; some more than once
};

struct TrainingWord {
  std::vector<int32_t> pieces;
  int64_t count = 0;
};

class Trainer {
 public:
  Trainer(const WordCounts& words, const VocabularyOptions& options);
  std::vector<std::string> run();

 private:
  struct Candidate {
    int64_t count;
    Pair pair;
  };

  void make_alphabet(const std::vector<std::pair<std::string_view, uint64_t>>& words);
  auto comes_later() const;
  void push(const Pair& pair);
  bool pop(Candidate& best);
  int32_t piece_id(const std::string& piece);
  int32_t join(const Pair& pair);
  void merge(const Pair& pair);
  void merge_in_word(uint32_t index, const Pair& pair, int32_t joined, std::vector<Pair>& grown);

  const VocabularyOptions options_;
  std::vector<std::string> pieces_;
  StringMap<int32_t> ids_;
  std::vector<TrainingWord> words_;
  std::unordered_map<Pair, PairUse, PairHash> pairs_;
  std::vector<Candidate> queue_;  // a heap; its counts may be out of date, and are checked
};

// The characters of a word as pieces: "a", "##b", "##c".
std::vector<std::string> characters_of(std::string_view word) {
  std::vector<std::string> pieces;
  for (size_t i = 0; i < word.size();) {
    const size_t bytes = read_character(word, i).bytes;
    pieces.emplace_back(i == 0 ? "" : kContinuation).append(word.substr(i, bytes));
    i += bytes;
  }
  return pieces;
}

Trainer::Trainer(const WordCounts& counted, const VocabularyOptions& options) : options_(options) {
  // In byte order, so that nothing depends on the order of a hash table.
  std::vector<std::pair<std::string_view, uint64_t>> words(counted.counts().begin(),
                                                           counted.counts().end());
  std::sort(words.begin(), words.end());
  make_alphabet(words);

  for (const auto& [text, count] : words) {
    TrainingWord word{{}, static_cast<int64_t>(count)};
    bool known = true;
    for (const std::string& character : characters_of(text)) {
      const auto id = ids_.find(character);
      known = known && id != ids_.end();
      if (known) word.pieces.push_back(id->second);
    }
    if (known) words_.push_back(std::move(word));
  }
  for (uint32_t w = 0; w < words_.size(); ++w) {
    const auto& pieces = words_[w].pieces;
    for (size_t i = 0; i + 1 < pieces.size(); ++i) {
      PairUse& use = pairs_[{pieces[i], pieces[i + 1]}];
      use.count += words_[w].count;
      use.words.push_back(w);
    }
  }
  for (const auto& [pair, use] : pairs_) push(pair);
}

void Trainer::make_alphabet(const std::vector<std::pair<std::string_view, uint64_t>>& words) {
  std::map<std::string, uint64_t> counts;
  for (const auto& [text, count] : words)
    for (const std::string& character : characters_of(text)) counts[character] += count;

  // The most frequent, ties in byte order, as many as there is room for.
  std::vector<std::pair<std::string, uint64_t>> alphabet(counts.begin(), counts.end());
  const int64_t room = options_.size - static_cast<int64_t>(std::size(kSpecialTokens));
  const auto limit = static_cast<size_t>(std::min(options_.max_alphabet, room));
  std::stable_sort(alphabet.begin(), alphabet.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (alphabet.size() > limit) alphabet.resize(limit);
  std::sort(alphabet.begin(), alphabet.end());

  for (const std::string_view token : kSpecialTokens) piece_id(std::string(token));
  for (const auto& [character, count] : alphabet) piece_id(character);
}

// Order of the queue: the higher count first, ties in byte order of the two pieces.
auto Trainer::comes_later() const {
  return [this](const Candidate& a, const Candidate& b) {
    if (a.count != b.count) return a.count < b.count;
    const auto text = [this](int32_t id) -> const std::string& {
      return pieces_[static_cast<size_t>(id)];
    };
    if (a.pair.first != b.pair.first) return text(a.pair.first) > text(b.pair.first);
    return text(a.pair.second) > text(b.pair.second);
  };
}

void Trainer::push(const Pair& pair) {
  queue_.push_back({pairs_[pair].count, pair});
  std::push_heap(queue_.begin(), queue_.end(), comes_later());
}

// The best pair by its present count; false when none reaches min_frequency. A pair that has
// become rarer since it was queued goes back to its place; one that has become more frequent was
// queued again when it did.
bool Trainer::pop(Candidate& best) {
  const auto min_frequency = static_cast<int64_t>(std::max<uint64_t>(options_.min_frequency, 1));
  while (!queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end(), comes_later());
    best = queue_.back();
    queue_.pop_back();
    const auto found = pairs_.find(best.pair);
    const int64_t count = found == pairs_.end() ? 0 : found->second.count;
    if (count < min_frequency) continue;
    if (count == best.count) return true;
    if (count < best.count) push(best.pair);
  }
  return false;
}

int32_t Trainer::piece_id(const std::string& piece) {
  const auto [found, is_new] = ids_.emplace(piece, static_cast<int32_t>(pieces_.size()));
  if (is_new) pieces_.push_back(piece);
  return found->second;
}

// "un" + "##want" = "unwant". Two pairs may give the same piece.
int32_t Trainer::join(const Pair& pair) {
  const std::string& right = pieces_[static_cast<size_t>(pair.second)];
  return piece_id(pieces_[static_cast<size_t>(pair.first)] + right.substr(kContinuation.size()));
}

void Trainer::merge(const Pair& pair) {
  const int32_t joined = join(pair);
  const std::vector<uint32_t> words = std::move(pairs_[pair].words);
  std::vector<Pair> grown;
  for (const uint32_t word : words) merge_in_word(word, pair, joined, grown);
  pairs_.erase(pair);

  std::sort(grown.begin(), grown.end());
  grown.erase(std::unique(grown.begin(), grown.end()), grown.end());
  for (const Pair& p : grown) push(p);
}

// Replaces each occurrence of the pair, from left to right: the pairs of the old pieces with their
// neighbours go, and those of the new piece come.
void Trainer::merge_in_word(uint32_t index, const Pair& pair, int32_t joined,
                            std::vector<Pair>& grown) {
  TrainingWord& word = words_[index];
  std::vector<int32_t>& pieces = word.pieces;
  for (size_t i = 0; i + 1 < pieces.size(); ++i) {
    if (pieces[i] != pair.first || pieces[i + 1] != pair.second) continue;
    const auto replace_neighbour = [&](const Pair& old_pair, const Pair& new_pair) {
      pairs_[old_pair].count -= word.count;
      PairUse& use = pairs_[new_pair];
      use.count += word.count;
      use.words.push_back(index);
      grown.push_back(new_pair);
    };
    if (i > 0) replace_neighbour({pieces[i - 1], pair.first}, {pieces[i - 1], joined});
    if (i + 2 < pieces.size())
      replace_neighbour({pair.second, pieces[i + 2]}, {joined, pieces[i + 2]});
    pieces[i] = joined;
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

std::vector<std::string> Trainer::run() {
  Candidate best{};
  while (static_cast<int64_t>(pieces_.size()) < options_.size && pop(best)) merge(best.pair);
  return std::move(pieces_);
}

}  // namespace

void WordCounts::add(std::string_view text) {
  WordReader reader(text, options_);
  for (Word word; reader.next(word);) {
    if (word.characters > kMaxWordCharacters) continue;  // always [UNK]
    const auto found = counts_.find(std::string_view(word.text));
    if (found != counts_.end()) {
      ++found->second;
    } else {
      counts_.emplace(word.text, 1);
    }
  }
}

Vocabulary train_vocabulary(const WordCounts& words, const VocabularyOptions& options) {
  constexpr auto specials = static_cast<int64_t>(std::size(kSpecialTokens));
  require<ValueError>(!words.counts().empty(), "train_vocabulary: the text has no words");
  require<ValueError>(options.size > specials,
                      "train_vocabulary: size {} leaves no room beside the {} special tokens",
                      options.size, specials);
  require<ValueError>(options.max_alphabet > 0, "train_vocabulary: max_alphabet is {}",
                      options.max_alphabet);
  return Vocabulary(Trainer(words, options).run(), "trained");
}

}  // namespace gradus::text
