// gradus bert pretrain | evaluate | fill-mask
#include <fmt/format.h>

#include "core/error.hpp"
#include "models/bert/fill_mask.hpp"
#include "models/bert/pretrained.hpp"
#include "models/cli/pretrain_command.hpp"
#include "models/cli/report.hpp"

namespace gradus::cli {
namespace {

struct EvaluateOptions {
  std::filesystem::path model;
  std::vector<std::filesystem::path> text;
  int64_t batch = 32, seq = 128;
  bool json = false;
};

int evaluate(const EvaluateOptions& options) {
  const std::filesystem::path directory = training::find_model(options.model, warn);
  const auto model = bert::load_model(directory);
  const text::Corpus corpus = text::read_corpus(options.text);
  for (const std::string& warning : corpus.warnings) warn(warning);
  const text::WordPiece tokenizer = text::load_tokenizer(directory);
  const auto text = bert::prepare_text(corpus, tokenizer);
  const auto held_out =
      bert::held_out_batches(text, {.batch = options.batch, .max_seq = options.seq});
  const bert::Scores scores = bert::evaluate(*model, held_out);
  const bert::Baselines baselines = bert::compute_baselines(text, held_out);
  if (options.json) {
    print_json(to_json(scores, baselines));
  } else {
    print_table(scores, baselines);
  }
  return 0;
}

struct FillOptions {
  std::filesystem::path model;
  std::vector<std::string> text;
  int64_t top = 5;
  bool json = false;
};

int fill_mask(const FillOptions& options) {
  const std::filesystem::path directory = training::find_model(options.model, warn);
  const auto model = bert::load_model(directory);
  const text::WordPiece tokenizer = text::load_tokenizer(directory);
  Json all = Json::array();
  for (const std::string& text : options.text) {
    Json masks = Json::array();
    for (const auto& guesses : bert::fill_mask(*model, tokenizer, text, options.top)) {
      Json rows = Json::array();
      for (const bert::Guess& guess : guesses) {
        rows.push_back({{"token", guess.token},
                        {"probability", guess.probability},
                        {"sentence", guess.sentence}});
        if (!options.json) fmt::print("{:5.1f}%  {}\n", 100 * guess.probability, guess.sentence);
      }
      masks.push_back(rows);
      if (!options.json) fmt::print("\n");
    }
    all.push_back({{"text", text}, {"masks", masks}});
  }
  if (options.json) print_json(all);
  return 0;
}

}  // namespace

void add_bert_commands(CLI::App& app, Run& run) {
  CLI::App* bert = app.add_subcommand("bert", "Train and use a BERT");
  bert->require_subcommand(1);
  add_pretrain_command(*bert, run);

  static EvaluateOptions evaluation;
  CLI::App* evaluator =
      add_command(*bert, "evaluate", "Score a model on the held-out documents of a text",
                  "gradus bert evaluate --model runs/book --text book.txt --json", run,
                  [] { return evaluate(evaluation); });
  evaluator->add_option("--model", evaluation.model, "Model directory, or the --out of a run")
      ->required();
  evaluator->add_option("--text", evaluation.text, "Text files, as they were given to pretrain")
      ->required();
  evaluator->add_option("--batch", evaluation.batch, "Sequences a batch")->capture_default_str();
  evaluator->add_option("--seq", evaluation.seq, "Tokens a sequence at most")
      ->capture_default_str();
  add_threads_option(*evaluator);
  add_json_option(*evaluator, evaluation.json);

  static FillOptions fill;
  CLI::App* filler = add_command(
      *bert, "fill-mask", "Say what stands at [MASK]",
      "gradus bert fill-mask --model runs/book --top 5 \"The opposite of hot is [MASK].\"", run,
      [] { return fill_mask(fill); });
  filler->add_option("--model", fill.model, "Model directory, or the --out of a run")->required();
  filler->add_option("--top", fill.top, "Guesses for each mask")->capture_default_str();
  filler->add_option("text", fill.text, "Sentences with [MASK]")->required();
  add_threads_option(*filler);
  add_json_option(*filler, fill.json);
}

}  // namespace gradus::cli
