#include "models/text/corpus.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

Corpus read_text(const std::filesystem::path& file, CorpusFormat format = CorpusFormat::automatic) {
  return read_corpus({&file, 1}, format);
}

Corpus read_contents(std::string_view contents) {
  const TemporaryDirectory directory;
  return read_text(directory.write("text.txt", contents));
}

template <class E>
std::string read_error(std::string_view contents) {
  const std::string message = message_of<E>([&] { read_contents(contents); });
  CHECK(has(message, "text.txt"));
  return message;
}

std::vector<std::vector<std::string>> sentences_of(const std::vector<Document>& documents) {
  std::vector<std::vector<std::string>> all;
  for (const Document& document : documents) all.push_back(document.sentences);
  return all;
}

using Texts = std::vector<std::vector<std::string>>;

std::vector<Document> numbered_documents(size_t count) {
  std::vector<Document> documents;
  for (size_t i = 0; i < count; ++i) documents.push_back({{fmt::format("Sentence {}", i)}});
  return documents;
}

}  // namespace

TEST_CASE("corpus: one sentence a line, blank lines between documents", "[text]") {
  const Corpus corpus = read_contents("\xEF\xBB\xBFOne.\r\nTwo. \r\n\r\n \t\nThree.\nFour");
  CHECK(sentences_of(corpus.documents) == Texts{{"One.", "Two."}, {"Three.", "Four"}});
  CHECK(corpus.sentences() == 4);
  CHECK(corpus.warnings.empty());
}

TEST_CASE("corpus: the sample text is read line by line", "[text]") {
  const Corpus corpus = read_text(kSampleText);
  CHECK(corpus.documents.size() == 503);
  CHECK(corpus.sentences() == 8816);  // grep -c .
  CHECK(corpus.documents[0].sentences[0] == "There are seven days in a week.");
}

TEST_CASE("corpus: wrapped prose and a paragraph a line are running text", "[text]") {
  const std::string wrapped =
      "It rained all night, and in the\nmorning it went on. Nobody was\nsurprised. The river rose "
      "and\nthe bridge was closed. We waited\nat home.\n";
  CHECK(sentences_of(parse_documents(wrapped)) ==
        Texts{{"It rained all night, and in the morning it went on.", "Nobody was surprised.",
               "The river rose and the bridge was closed.", "We waited at home."}});
  CHECK(parse_documents("It rained. We stayed.\nIt stopped. We left.\n")[0].sentences.size() == 4);
  // Asked for by name, the same text is what the caller says.
  CHECK(parse_documents(wrapped, CorpusFormat::lines)[0].sentences.size() == 5);
  CHECK(parse_documents("One.\nTwo.", CorpusFormat::running)[0].sentences.size() == 2);
}

TEST_CASE("corpus: short paragraphs are put together, long texts cut into documents", "[text]") {
  std::string paragraphs;
  for (int i = 0; i < 60; ++i) paragraphs += "It rained. We stayed.\n\n";
  std::vector<size_t> sizes;
  for (const auto& document : parse_documents(paragraphs))
    sizes.push_back(document.sentences.size());
  CHECK(sizes == std::vector<size_t>{24, 24, 24, 24, 24});

  std::string lines;
  for (int i = 0; i < 50; ++i) lines += "A sentence.\n";
  sizes.clear();
  for (const auto& document : parse_documents(lines)) sizes.push_back(document.sentences.size());
  CHECK(sizes == std::vector<size_t>{24, 24, 2});
}

TEST_CASE("corpus: several files are one corpus", "[text]") {
  const TemporaryDirectory directory;
  const std::vector<std::filesystem::path> files{directory.write("a.txt", "One.\n"),
                                                 directory.write("b.txt", "Two.\n")};
  CHECK(sentences_of(read_corpus(files).documents) == Texts{{"One."}, {"Two."}});
}

TEST_CASE("corpus: errors name the file and what to do", "[text]") {
  CHECK(has(read_error<FormatError>(""), "is empty"));
  CHECK(has(read_error<FormatError>(" \n\t\n"), "only white space"));
  CHECK(has(read_error<FormatError>(std::string_view("ELF\0\1\2", 6)), "binary"));
  CHECK(has(read_error<FormatError>("\xFF\xFEh\0i\0"), "UTF-16"));
  CHECK(has(read_error<FormatError>("\xC4\xE3\xBA\xC3\xA3\xAC\xCA\xC0\xBD\xE7"), "iconv"));
  CHECK(has(message_of<IoError>([] { read_text("/nowhere/text.txt"); }), "no such file"));
  CHECK(has(message_of<IoError>([] { read_text("/tmp"); }), "is a directory"));
  CHECK_THROWS_AS(read_corpus({}), ValueError);
}

TEST_CASE("corpus: invalid bytes are replaced, counted and reported", "[text]") {
  const Corpus corpus = read_contents("A caf\xE9 by the sea.\nThe end.\n");
  CHECK(corpus.documents[0].sentences[0] == "A caf\uFFFD by the sea.");
  CHECK(corpus.invalid_bytes == 1);
  REQUIRE(corpus.warnings.size() == 1);
  CHECK(has(corpus.warnings[0], "1 bytes are not UTF-8"));
}

TEST_CASE("corpus: one endless line of 50 MB", "[text]") {
  const TemporaryDirectory directory;
  std::string line;
  while (line.size() < 50'000'000) line += "words without any end to them ";
  const auto file = directory.write("line.txt", line);
  const Corpus corpus = read_text(file);
  size_t bytes = 0;
  size_t longest = 0;
  for (const Document& document : corpus.documents) {
    CHECK(document.sentences.size() <= kDocumentSentences);
    for (const std::string& sentence : document.sentences) {
      bytes += sentence.size() + 1;
      longest = std::max(longest, sentence.size());
    }
  }
  CHECK(bytes == line.size());
  CHECK(longest <= kMaxSentenceBytes);
}

TEST_CASE("held-out documents: the share asked for, whatever the order", "[text]") {
  const auto documents = numbered_documents(200);
  const Split split = split_documents(documents, 0.05, 1);
  CHECK(split.held_out.size() == 10);
  CHECK(split.train.size() == 190);

  auto reversed = documents;
  std::reverse(reversed.begin(), reversed.end());
  auto again = split_documents(reversed, 0.05, 1).held_out;
  std::reverse(again.begin(), again.end());
  CHECK(sentences_of(again) == sentences_of(split.held_out));
  CHECK(sentences_of(split_documents(documents, 0.05, 2).held_out) != sentences_of(split.held_out));

  // Nothing is lost and nothing is in both.
  std::multiset<std::string> all;
  for (const auto* side : {&split.train, &split.held_out})
    for (const Document& document : *side) all.insert(document.sentences[0]);
  CHECK(all.size() == 200);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 200);
}

TEST_CASE("held-out documents: few documents, equal documents", "[text]") {
  CHECK(split_documents(numbered_documents(1)).held_out.empty());
  CHECK(split_documents(numbered_documents(2)).held_out.size() == 1);
  CHECK(split_documents(numbered_documents(3), 0.99).train.size() == 1);
  CHECK(split_documents(numbered_documents(9), 0).held_out.empty());
  CHECK_THROWS_AS(split_documents(numbered_documents(3), 1.0), ValueError);
  CHECK_THROWS_AS(split_documents(numbered_documents(3), -0.1), ValueError);

  std::vector<Document> twice = numbered_documents(40);
  for (const Document& document : numbered_documents(40)) twice.push_back(document);
  const Split split = split_documents(twice, 0.25, 3);
  std::set<std::string> held_out;
  for (const Document& document : split.held_out) held_out.insert(document.sentences[0]);
  CHECK(split.held_out.size() == 20);
  for (const Document& document : split.train) CHECK(!held_out.contains(document.sentences[0]));
  CHECK(split_documents({{{"same"}}, {{"same"}}}).held_out.empty());
}
