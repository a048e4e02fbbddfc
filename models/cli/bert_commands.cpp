// gradus bert pretrain | evaluate | fill-mask | attention
#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "models/bert/fill_mask.hpp"
#include "models/cli/attention_command.hpp"
#include "models/cli/loaded_model.hpp"
#include "models/cli/pretrain_command.hpp"
#include "models/cli/report.hpp"

namespace gradus::cli {
namespace {

struct EvaluateOptions {
  std::filesystem::path model;
  std::vector<std::filesystem::path> text;
  int64_t batch = 0, seq = 0;  // 0: as in training
  bool json = false;
};

// How the held-out text is cut: as asked for, else as in the training that made the model, which
// then gives the scores that it ended with.
text::BatchOptions batch_options(const EvaluateOptions& options, const LoadedModel& loaded) {
  text::BatchOptions batches{.batch = 32, .max_seq = 128};
  const std::filesystem::path state = loaded.directory / "trainer_state.json";
  if (std::filesystem::exists(state)) {
    const Json json = parse_json_or_null(read_file(state, 1 << 24));
    const Json run = json.is_object() ? json.value("task", Json()) : Json();
    try {
      batches = {.batch = run.at("evaluation").at("batch").get<int64_t>(),
                 .max_seq = run.at("evaluation").at("seq").get<int64_t>(),
                 .nsp = run.at("nsp").get<bool>()};
    } catch (const Json::exception& error) {
      throw FormatError(fmt::format("{}: {}", state.string(), error.what()));
    }
  }
  if (options.batch != 0) batches.batch = options.batch;
  const int64_t positions = loaded.model->config.max_position_embeddings;
  batches.max_seq = options.seq != 0 ? options.seq : std::min(batches.max_seq, positions);
  require<ValueError>(batches.max_seq <= positions,
                      "--seq {} is longer than the {} positions of {}", batches.max_seq, positions,
                      (loaded.directory / "config.json").string());
  return batches;
}

int evaluate(const EvaluateOptions& options) {
  const LoadedModel loaded = load_with_tokenizer(options.model);
  const text::Corpus corpus = text::read_corpus(options.text);
  for (const std::string& warning : corpus.warnings) warn(warning);
  const auto text = bert::prepare_text(corpus, loaded.tokenizer);
  const auto held_out = bert::held_out_batches(text, batch_options(options, loaded));
  const bert::Scores scores = bert::evaluate(*loaded.model, held_out);
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
  const LoadedModel loaded = load_with_tokenizer(options.model);
  Json all = Json::array();
  for (const std::string& text : options.text) {
    Json masks = Json::array();
    for (const auto& guesses :
         bert::fill_mask(*loaded.model, loaded.tokenizer, text, options.top)) {
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
  evaluator->add_option("--batch", evaluation.batch, "Sequences a batch; 0 for as in training")
      ->capture_default_str();
  evaluator->add_option("--seq", evaluation.seq, "Tokens a sequence at most; 0 for as in training")
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

  add_attention_command(*bert, run);
}

}  // namespace gradus::cli
