// A corpus as token ids in one long array, with the places where sentences and documents begin.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/text/corpus.hpp"
#include "models/text/wordpiece.hpp"

namespace gradus::text {

using TokenDocument = std::vector<std::vector<int32_t>>;  // a document's sentences

struct TokenCorpus {
  std::vector<int32_t> tokens;
  std::vector<size_t> sentences{0};  // sentence s is tokens [sentences[s], sentences[s + 1])
  std::vector<size_t> documents{0};  // document d is sentences [documents[d], documents[d + 1])

  size_t sentence_count() const { return sentences.size() - 1; }
  size_t document_count() const { return documents.size() - 1; }
  std::span<const int32_t> sentence(size_t s) const {
    return std::span(tokens).subspan(sentences[s], sentences[s + 1] - sentences[s]);
  }
  std::span<const int32_t> document(size_t d) const {
    const size_t begin = sentences[documents[d]];
    return std::span(tokens).subspan(begin, sentences[documents[d + 1]] - begin);
  }

  void append_sentence(std::span<const int32_t> ids);  // to the document being built; not if empty
  void finish_document();                              // not if empty
};

TokenCorpus encode_documents(const WordPiece& wordpiece, std::span<const Document> documents);
TokenCorpus to_token_corpus(std::span<const TokenDocument> documents);

// The same text with every sentence over `longest` tokens in parts of at most half as many, so
// that a pair of neighbours fits where one sentence fitted.
TokenCorpus cut_long_sentences(const TokenCorpus& corpus, size_t longest);

// A `part` in (0, 1] of the documents, evenly spread: of a quarter the first, the fifth, the ninth ...
// Throws ValueError for any other part.
TokenCorpus keep_part(const TokenCorpus& corpus, double part);

}  // namespace gradus::text
