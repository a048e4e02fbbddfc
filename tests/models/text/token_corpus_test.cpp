#include "models/text/token_corpus.hpp"

#include <limits>

#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

// Documents of two sentences, [d, d] and [d + 100], for d = 0, 1, ...
TokenCorpus numbered_corpus(int32_t count) {
  std::vector<TokenDocument> documents;
  for (int32_t d = 0; d < count; ++d) documents.push_back({{d, d}, {d + 100}});
  return to_token_corpus(documents);
}

}  // namespace

TEST_CASE("a part of a corpus is documents evenly spread over it") {
  const TokenCorpus nine = numbered_corpus(9);
  const TokenCorpus quarter = keep_part(nine, 0.25);
  CHECK(quarter.tokens == std::vector<int32_t>{0, 0, 100, 4, 4, 104, 8, 8, 108});
  CHECK(quarter.sentences == std::vector<size_t>{0, 2, 3, 5, 6, 8, 9});
  CHECK(quarter.documents == std::vector<size_t>{0, 2, 4, 6});

  const TokenCorpus most = keep_part(nine, 0.75);
  CHECK(most.tokens == to_token_corpus(std::vector<TokenDocument>{{{0, 0}, {100}},
                                                                  {{1, 1}, {101}},
                                                                  {{2, 2}, {102}},
                                                                  {{4, 4}, {104}},
                                                                  {{5, 5}, {105}},
                                                                  {{6, 6}, {106}},
                                                                  {{8, 8}, {108}}})
                           .tokens);
  CHECK(keep_part(nine, 1).tokens == nine.tokens);
  CHECK(keep_part(nine, 1e-9).document_count() == 1);
}

TEST_CASE("a part of nothing, or of more than all, is refused") {
  for (const double part : {0.0, -0.5, 1.01, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(has(message_of<ValueError>([&] { keep_part(numbered_corpus(2), part); }),
              "is not in (0, 1]"));
  }
}
