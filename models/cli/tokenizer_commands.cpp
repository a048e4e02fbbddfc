// gradus tokenizer train | encode | decode
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/io/atomic_file.hpp"
#include "models/cli/command.hpp"
#include "models/text/text.hpp"
#include "models/training/checkpoint.hpp"

namespace gradus::cli {
namespace {

struct TrainTokenizerOptions {
  std::vector<std::filesystem::path> text;
  std::filesystem::path out;
  text::VocabularyOptions vocabulary{};
  bool cased = false;
  bool json = false;
};

int train(const TrainTokenizerOptions& options) {
  const text::CleanOptions clean{.lower_case = !options.cased};
  const text::Corpus corpus = text::read_corpus(options.text);
  for (const std::string& warning : corpus.warnings) warn(warning);
  text::WordCounts words(clean);
  for (const text::Document& document : corpus.documents) {
    for (const std::string& sentence : document.sentences) words.add(sentence);
  }
  require<FormatError>(!words.counts().empty(),
                       "{}: no words to learn from; words over 100 characters do not count",
                       options.text.front().string());
  const text::WordPiece tokenizer(text::train_vocabulary(words, options.vocabulary), clean);
  std::filesystem::create_directories(options.out);
  write_file_atomically(options.out / "tokenizer_config.json",
                        text::to_json({.clean = clean, .model_max_length = 512}));
  write_file_atomically(options.out / "vocab.txt", tokenizer.vocabulary().to_text());
  const Json result = {{"tokens", tokenizer.vocabulary().size()},
                       {"words", words.counts().size()},
                       {"bytes", corpus.bytes},
                       {"invalid_bytes", corpus.invalid_bytes},
                       {"out", options.out.string()}};
  if (options.json) {
    print_json(result);
  } else {
    fmt::print("{} tokens from {} different words, in {}\n", tokenizer.vocabulary().size(),
               words.counts().size(), (options.out / "vocab.txt").string());
  }
  return 0;
}

struct UseOptions {
  std::filesystem::path model;
  std::vector<std::string> text;
  std::vector<int32_t> ids;
  bool json = false;
};

// From a tokenizer's directory, or from the --out of a run.
text::WordPiece load(const std::filesystem::path& model) {
  const bool plain = std::filesystem::exists(model / "vocab.txt");
  return text::load_tokenizer(plain ? model : training::find_model(model, warn));
}

int encode(const UseOptions& options) {
  const text::WordPiece tokenizer = load(options.model);
  Json all = Json::array();
  for (const std::string& text : options.text) {
    Json ids = Json::array(), tokens = Json::array(), spans = Json::array();
    for (const auto& token : tokenizer.tokenize(text, text::SpecialTokens::recognised)) {
      ids.push_back(token.id);
      tokens.push_back(tokenizer.vocabulary().token(token.id));
      spans.push_back({token.source.begin, token.source.end});
    }
    if (!options.json) {
      for (size_t i = 0; i < ids.size(); ++i) {
        fmt::print("{:>6}  {}\n", ids[i].get<int>(), tokens[i].get<std::string>());
      }
    }
    all.push_back({{"text", text}, {"ids", ids}, {"tokens", tokens}, {"bytes", spans}});
  }
  if (options.json) print_json(all);
  return 0;
}

int decode(const UseOptions& options) {
  const std::string text = load(options.model).decode(options.ids, true);
  if (options.json) {
    print_json({{"text", text}});
  } else {
    fmt::print("{}\n", text);
  }
  return 0;
}

void add_train(CLI::App& tokenizer, Run& run) {
  static TrainTokenizerOptions options;
  CLI::App* command =
      add_command(tokenizer, "train", "Make a WordPiece vocabulary from text",
                  "gradus tokenizer train --text book.txt --vocab-size 8192 --out my-tokenizer",
                  run, [] { return train(options); });
  command->add_option("--text", options.text, "Text files")->required();
  command->add_option("--out", options.out, "Directory for vocab.txt and tokenizer_config.json")
      ->required();
  command->add_option("--vocab-size", options.vocabulary.size, "Tokens at most")
      ->capture_default_str();
  command
      ->add_option("--min-frequency", options.vocabulary.min_frequency,
                   "Pairs of pieces seen less often are not merged")
      ->capture_default_str();
  command->add_flag("--cased", options.cased, "Keep upper case and accents");
  add_json_option(*command, options.json);
}

}  // namespace

void add_tokenizer_commands(CLI::App& app, Run& run) {
  CLI::App* tokenizer = app.add_subcommand("tokenizer", "Make and use WordPiece vocabularies");
  tokenizer->require_subcommand(1);
  add_train(*tokenizer, run);

  static UseOptions options;
  CLI::App* encoder =
      add_command(*tokenizer, "encode", "Cut text into tokens",
                  "gradus tokenizer encode --model my-tokenizer \"Bees make honey.\"", run,
                  [] { return encode(options); });
  encoder->add_option("--model", options.model, "Directory with vocab.txt")->required();
  encoder->add_option("text", options.text, "Texts to encode")->required();
  add_json_option(*encoder, options.json);

  CLI::App* decoder = add_command(*tokenizer, "decode", "Turn token ids back into text",
                                  "gradus tokenizer decode --model my-tokenizer 2 1337 42 3", run,
                                  [] { return decode(options); });
  decoder->add_option("--model", options.model, "Directory with vocab.txt")->required();
  decoder->add_option("ids", options.ids, "Token ids")->required();
  add_json_option(*decoder, options.json);
}

}  // namespace gradus::cli
