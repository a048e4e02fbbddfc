// A corpus: documents of sentences, read from text files in one of two forms.
//   lines     one sentence a line, a blank line between documents
//   running   ordinary prose; sentences are found by rule (sentences.hpp)
// A document is what next-sentence prediction and the held-out set treat as one thing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace gradus::text {

struct Document {
  std::vector<std::string> sentences;
};

// `automatic` decides for each file by its first lines: it is running text when most lines have a
// sentence end inside of them, or more do than have one at their end.
enum class CorpusFormat { automatic, lines, running };

// Files without blank lines, and running text, whose paragraphs are short, are cut into documents
// of about this many sentences.
inline constexpr size_t kDocumentSentences = 24;

struct Corpus {
  std::vector<Document> documents;
  uint64_t bytes = 0;                 // of all files
  uint64_t invalid_bytes = 0;         // not UTF-8; each replaced by U+FFFD
  std::vector<std::string> warnings;  // for a person: one line each, naming the file

  size_t sentences() const;
};

// Throws IoError for a file that is missing, a directory or unreadable, and FormatError for one
// that is empty, holds NUL bytes or only white space, or is not UTF-8 for the most part. Each
// message names the file.
Corpus read_corpus(std::span<const std::filesystem::path> files,
                   CorpusFormat format = CorpusFormat::automatic);

// The documents of one text, which must be valid UTF-8; for read_corpus and for texts in memory.
std::vector<Document> parse_documents(std::string_view text,
                                      CorpusFormat format = CorpusFormat::automatic);

// A part of the documents that training never sees.
struct Split {
  std::vector<Document> train;
  std::vector<Document> held_out;
};

// Holds out about `fraction` of the documents: those whose contents, hashed with the seed, come
// first. The same for any order of the documents, and equal documents fall on the same side. Of
// two documents or more at least one goes to either side (unless all are equal: then none is
// held out); a single document is kept for training. ValueError unless 0 <= fraction < 1.
Split split_documents(std::vector<Document> documents, double fraction = 0.05, uint64_t seed = 0);

}  // namespace gradus::text
