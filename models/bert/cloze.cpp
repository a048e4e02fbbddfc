#include "models/bert/cloze.hpp"

#include <algorithm>
#include <optional>

namespace gradus::bert {
namespace {

constexpr size_t kShortest = 6, kLongest = 20;  // tokens

// The place of the longest word that is one token; none if all are pieces or single characters.
std::optional<size_t> longest_word(std::span<const int32_t> ids,
                                   const text::Vocabulary& vocabulary) {
  std::optional<size_t> best;
  size_t longest = 1;  // bytes
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool continues = i + 1 < ids.size() && vocabulary.is_continuation(ids[i + 1]);
    const size_t length = vocabulary.token(ids[i]).size();
    if (continues || vocabulary.is_continuation(ids[i]) || length <= longest) continue;
    best = i;
    longest = length;
  }
  return best;
}

std::optional<Cloze> make_cloze(std::span<const int32_t> sentence,
                                const text::WordPiece& tokenizer) {
  const text::Vocabulary& vocabulary = tokenizer.vocabulary();
  const bool known =
      std::ranges::none_of(sentence, [&](int32_t id) { return vocabulary.is_special(id); });
  if (!known || sentence.size() < kShortest || sentence.size() > kLongest) return std::nullopt;
  const auto place = longest_word(sentence, vocabulary);
  if (!place) return std::nullopt;
  std::vector<int32_t> ids(sentence.begin(), sentence.end());
  ids[*place] = vocabulary.mask();
  return Cloze{.text = tokenizer.decode(ids, true), .answer = vocabulary.token(sentence[*place])};
}

}  // namespace

std::vector<Cloze> make_clozes(const text::TokenCorpus& corpus, const text::WordPiece& tokenizer,
                               size_t count) {
  std::vector<Cloze> all;
  for (size_t s = 0; s < corpus.sentence_count(); ++s) {
    if (auto cloze = make_cloze(corpus.sentence(s), tokenizer)) all.push_back(std::move(*cloze));
  }
  std::vector<Cloze> chosen;
  const size_t wanted = std::min(count, all.size());
  for (size_t i = 0; i < wanted; ++i) chosen.push_back(std::move(all[i * all.size() / wanted]));
  return chosen;
}

}  // namespace gradus::bert
