#include "models/text/corpus.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/error.hpp"
#include "core/random/philox.hpp"
#include "models/text/file.hpp"
#include "models/text/sentences.hpp"
#include "models/text/unicode.hpp"

namespace gradus::text {
namespace {

std::string_view trim(std::string_view line) {
  constexpr std::string_view spaces = " \t\r\f\v";
  const size_t begin = line.find_first_not_of(spaces);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(spaces) + 1 - begin);
}

// Judges by the first MiB.
CorpusFormat detect_format(std::string_view text) {
  size_t lines = 0, with_end_inside = 0, with_end_at_end = 0;
  for_each_line(text.substr(0, size_t{1} << 20), [&](std::string_view line) {
    line = trim(line);
    if (line.empty()) return;
    ++lines;
    const auto end = find_sentence_end(line);
    if (end && *end < line.size()) ++with_end_inside;
    if (end && *end == line.size()) ++with_end_at_end;
  });
  const bool running = 2 * with_end_inside > lines || with_end_inside > with_end_at_end;
  return running ? CorpusFormat::running : CorpusFormat::lines;
}

// Collects sentences into documents; leaves no empty ones.
class DocumentBuilder {
 public:
  std::vector<std::string>& sentences() { return current_.sentences; }
  size_t size() const { return current_.sentences.size(); }
  void finish_document() {
    if (size() > 0) documents_.push_back(std::exchange(current_, {}));
  }
  std::vector<Document> take() {
    finish_document();
    return std::move(documents_);
  }

 private:
  std::vector<Document> documents_;
  Document current_;
};

std::vector<Document> parse_lines(std::string_view text) {
  DocumentBuilder builder;
  for_each_line(text, [&](std::string_view line) {
    line = trim(line);
    if (line.empty()) {
      builder.finish_document();
    } else if (line.size() <= kMaxSentenceBytes) {
      builder.sentences().emplace_back(line);
    } else {
      split_sentences(line, builder.sentences());
    }
  });
  return builder.take();
}

// A paragraph is read as one stretch, since its lines end anywhere; a document ends with the
// paragraph that fills it.
std::vector<Document> parse_running(std::string_view text) {
  DocumentBuilder builder;
  const char* begin = text.data();  // of the paragraph
  const auto finish_paragraph = [&](const char* end) {
    split_sentences({begin, static_cast<size_t>(end - begin)}, builder.sentences());
    if (builder.size() >= kDocumentSentences) builder.finish_document();
  };
  for_each_line(text, [&](std::string_view line) {
    if (!trim(line).empty()) return;
    finish_paragraph(line.data());
    begin = line.data();
  });
  finish_paragraph(text.data() + text.size());
  return builder.take();
}

// A text whose author marked no documents: parts of kDocumentSentences.
std::vector<Document> cut_into_parts(Document whole) {
  DocumentBuilder builder;
  for (std::string& sentence : whole.sentences) {
    builder.sentences().push_back(std::move(sentence));
    if (builder.size() == kDocumentSentences) builder.finish_document();
  }
  return builder.take();
}

// FNV-1a (Fowler, Noll, Vo), 64 bits; each sentence closed by a line feed.
uint64_t hash_contents(const Document& document) {
  uint64_t hash = 0xCBF29CE484222325ull;
  const auto add = [&](char c) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  };
  for (const std::string& sentence : document.sentences) {
    for (const char c : sentence) add(c);
    add('\n');
  }
  return hash;
}

}  // namespace

size_t Corpus::sentences() const {
  size_t count = 0;
  for (const Document& document : documents) count += document.sentences.size();
  return count;
}

std::vector<Document> parse_documents(std::string_view text, CorpusFormat format) {
  if (format == CorpusFormat::automatic) format = detect_format(text);
  std::vector<Document> documents =
      format == CorpusFormat::lines ? parse_lines(text) : parse_running(text);
  if (documents.size() == 1) return cut_into_parts(std::move(documents[0]));
  return documents;
}

Corpus read_corpus(std::span<const std::filesystem::path> files, CorpusFormat format) {
  require<ValueError>(!files.empty(), "no text: name one text file or more");
  Corpus corpus;
  for (const std::filesystem::path& file : files) {
    const std::string name = file.string();
    std::string contents = read_text_file(file);
    const size_t bytes = contents.size();
    corpus.bytes += bytes;
    ValidText valid = to_valid_utf8(contents);
    contents = std::move(valid.text);

    // Latin-1 prose has about one letter in twenty that is not UTF-8: worth a warning. Where a
    // fifth is not, the file is in another encoding, or no text.
    require<FormatError>(valid.invalid_bytes * 5 < bytes,
                         "{} is not UTF-8 text ({} of {} bytes are invalid): convert it, for "
                         "example with `iconv -f GB18030 -t UTF-8`",
                         name, valid.invalid_bytes, bytes);
    if (valid.invalid_bytes > 0) {
      corpus.invalid_bytes += valid.invalid_bytes;
      corpus.warnings.push_back(
          fmt::format("{}: {} bytes are not UTF-8 and were replaced", name, valid.invalid_bytes));
    }
    std::vector<Document> documents = parse_documents(contents, format);
    require<FormatError>(!documents.empty(), "{} has no text, only white space", name);
    std::move(documents.begin(), documents.end(), std::back_inserter(corpus.documents));
  }
  return corpus;
}

Split split_documents(std::vector<Document> documents, double fraction, uint64_t seed) {
  require<ValueError>(fraction >= 0 && fraction < 1,
                      "split_documents: fraction {} is not in [0, 1)", fraction);
  const size_t count = documents.size();
  Split split;
  if (count < 2 || fraction == 0) return {std::move(documents), {}};

  // Each document's rank is a number drawn for its contents.
  std::vector<uint64_t> rank(count);
  for (size_t i = 0; i < count; ++i) {
    const auto words = philox({seed, hash_contents(documents[i])}, 0);
    rank[i] = (uint64_t{words[0]} << 32) | words[1];
  }
  std::vector<uint64_t> sorted = rank;
  std::sort(sorted.begin(), sorted.end());
  const auto wanted = static_cast<size_t>(std::llround(fraction * static_cast<double>(count)));
  const uint64_t first_kept = sorted[std::clamp<size_t>(wanted, 1, count - 1)];
  for (size_t i = 0; i < count; ++i)
    (rank[i] < first_kept ? split.held_out : split.train).push_back(std::move(documents[i]));
  return split;
}

}  // namespace gradus::text
