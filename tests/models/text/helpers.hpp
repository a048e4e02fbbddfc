// What the tests of models/text share: messages of exceptions, small texts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "models/text/text.hpp"
#include "tests/temporary_directory.hpp"

namespace gradus::text {

using test::TemporaryDirectory;

// The message of the E that f throws; empty when it throws none.
template <class E, class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The special tokens, which have the ids 0 to 4, and the given ones from 5 on.
inline Vocabulary make_vocabulary(const std::vector<std::string>& tokens) {
  std::vector<std::string> all(std::begin(kSpecialTokens), std::end(kSpecialTokens));
  all.insert(all.end(), tokens.begin(), tokens.end());
  return Vocabulary(all);
}

// [PAD] [UNK] [CLS] [SEP] [MASK] t5 t6 ... of `size` tokens in all.
inline Vocabulary numbered_vocabulary(int32_t size) {
  std::vector<std::string> tokens;
  for (int32_t i = 5; i < size; ++i) tokens.push_back(fmt::format("t{}", i));
  return make_vocabulary(tokens);
}

// Documents of sentences of 3 to 12 random tokens in [5, vocab).
inline TokenCorpus random_corpus(size_t documents, size_t sentences, int32_t vocab, uint64_t seed) {
  RandomReader random({seed, 0});
  TokenCorpus corpus;
  for (size_t d = 0; d < documents; ++d) {
    for (size_t s = 0; s < sentences; ++s) {
      std::vector<int32_t> sentence(3 + random.below(10));
      for (int32_t& id : sentence)
        id = 5 + static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab - 5)));
      corpus.append_sentence(sentence);
    }
    corpus.finish_document();
  }
  return corpus;
}

inline const std::filesystem::path kSampleText =
    std::filesystem::path(GRADUS_SOURCE_DIR) / "models/data/linden-bay.en.txt";

}  // namespace gradus::text
