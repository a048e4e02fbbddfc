#include "models/text/token_corpus.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace gradus::text {

void TokenCorpus::append_sentence(std::span<const int32_t> ids) {
  if (ids.empty()) return;
  tokens.insert(tokens.end(), ids.begin(), ids.end());
  sentences.push_back(tokens.size());
}

void TokenCorpus::finish_document() {
  if (documents.back() < sentence_count()) documents.push_back(sentence_count());
}

TokenCorpus encode_documents(const WordPiece& wordpiece, std::span<const Document> documents) {
  TokenCorpus corpus;
  for (const Document& document : documents) {
    for (const std::string& sentence : document.sentences)
      corpus.append_sentence(wordpiece.ids(sentence));
    corpus.finish_document();
  }
  return corpus;
}

TokenCorpus to_token_corpus(std::span<const TokenDocument> documents) {
  TokenCorpus corpus;
  for (const TokenDocument& document : documents) {
    for (const auto& sentence : document) corpus.append_sentence(sentence);
    corpus.finish_document();
  }
  return corpus;
}

TokenCorpus cut_long_sentences(const TokenCorpus& corpus, size_t longest) {
  const size_t part = std::max<size_t>(1, longest / 2);
  TokenCorpus cut;
  for (size_t d = 0; d < corpus.document_count(); ++d) {
    for (size_t s = corpus.documents[d]; s < corpus.documents[d + 1]; ++s) {
      const auto sentence = corpus.sentence(s);
      const size_t step = sentence.size() > longest ? part : sentence.size();
      for (size_t i = 0; i < sentence.size(); i += step)
        cut.append_sentence(sentence.subspan(i, std::min(step, sentence.size() - i)));
    }
    cut.finish_document();
  }
  return cut;
}

TokenCorpus keep_part(const TokenCorpus& corpus, double part) {
  require<ValueError>(part > 0 && part <= 1, "keep_part: {} is not in (0, 1]", part);
  const auto kept_before = [part](size_t d) { return std::ceil(part * static_cast<double>(d)); };
  TokenCorpus kept;
  for (size_t d = 0; d < corpus.document_count(); ++d) {
    if (kept_before(d + 1) == kept_before(d)) continue;
    for (size_t s = corpus.documents[d]; s < corpus.documents[d + 1]; ++s) {
      kept.append_sentence(corpus.sentence(s));
    }
    kept.finish_document();
  }
  return kept;
}

}  // namespace gradus::text
