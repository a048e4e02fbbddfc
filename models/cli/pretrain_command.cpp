#include "models/cli/pretrain_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "core/error.hpp"
#include "models/bert/fill_mask.hpp"
#include "models/cli/pretrain_report.hpp"
#include "models/cli/report.hpp"
#include "models/training/progress.hpp"
#include "models/training/trainer.hpp"

namespace gradus::cli {
namespace {

// The defaults are the recipe that docs/training-bert-mini.md arrives at.
struct PretrainOptions {
  std::vector<std::filesystem::path> text;
  double text_part = 1;
  std::filesystem::path out, vocab;
  std::string config = "mini";
  int64_t vocab_size = 3000;
  double dropout = 0;
  bool plain_start = false;
  bool no_nsp = false, resume = false, json = false, no_report = false;
  std::vector<std::string> fill;  // sentences for the report
  uint64_t seed = 0;
  text::BatchOptions batches{
      .batch = 16, .max_seq = 128, .masking = {.rate = 0.3, .max_predictions = 64}};
  double long_part = 0.15;  // of the steps
  int64_t long_seq = 512, long_batch = 8;
  training::TrainerOptions trainer{.steps = 1900,
                                   .learning_rate = 1.2e-3,
                                   .warmup = 0.06,
                                   .adam = {.beta2 = 0.98},
                                   .evaluate_every = 200,
                                   .checkpoint_every = 400};
};

void say(const PretrainOptions& options, const std::string& line) {
  if (!options.trainer.quiet) fmt::print(stderr, "{}\n", line);
}

// The last part of the steps, with longer sequences and in proportion more masks in each.
std::optional<bert::LongPhase> long_phase_of(const PretrainOptions& options,
                                             text::BatchOptions batches) {
  require<ValueError>(options.long_part >= 0 && options.long_part <= 1,
                      "--long-part must be in [0, 1], got {}", options.long_part);
  const training::TrainerOptions& trainer = options.trainer;
  const auto steps = std::lround(options.long_part * static_cast<double>(trainer.steps));
  if (steps == 0) return std::nullopt;
  const double longer = static_cast<double>(options.long_seq) /
                        static_cast<double>(std::max<int64_t>(1, batches.max_seq));
  batches.masking.max_predictions = static_cast<size_t>(
      std::max(1.0, longer * static_cast<double>(batches.masking.max_predictions)));
  batches.batch = options.long_batch;
  batches.max_seq = options.long_seq;
  return bert::LongPhase{.begin = (trainer.steps - steps) * trainer.accumulate, .batches = batches};
}

std::unique_ptr<bert::Pretraining> make_task(const PretrainOptions& options) {
  bert::Config config = bert::preset(options.config);
  config.hidden_dropout_prob = config.attention_probs_dropout_prob = options.dropout;

  const double part = options.text_part;
  require<ValueError>(part > 0 && part <= 1, "--text-part must be in (0, 1], got {}", part);
  const text::Corpus corpus = text::read_corpus(options.text);
  for (const std::string& warning : corpus.warnings) warn(warning);
  bert::PretrainingText text =
      options.vocab.empty()
          ? bert::prepare_text(corpus, options.vocab_size)
          : bert::prepare_text(corpus, text::WordPiece(text::Vocabulary::load(options.vocab)));

  if (part != 1) text.train = text::keep_part(text.train, part);

  say(options,
      fmt::format("text: {} documents of {} sentences, {} tokens to learn from and {} held "
                  "out; a vocabulary of {}",
                  corpus.documents.size(), corpus.sentences(), text.train.tokens.size(),
                  text.held_out.tokens.size(), text.tokenizer.vocabulary().size()));
  text::BatchOptions batches = options.batches;
  batches.nsp = !options.no_nsp;
  const std::optional<bert::LongPhase> long_phase = long_phase_of(options, batches);
  auto task = std::make_unique<bert::Pretraining>(
      std::move(text), bert::PretrainingOptions{.model = config,
                                                .batches = batches,
                                                .long_phase = long_phase,
                                                .seed = options.seed,
                                                .informed_start = !options.plain_start});
  const bool nsp_possible = task->batches().nsp_possible();
  if (batches.nsp && !nsp_possible) {
    warn(fmt::format("no next-sentence prediction: {}", task->batches().why_not_nsp()));
  }
  say(options,
      fmt::format(
          "model: BERT-{}, {} parameters; a first loss of ln V{} = {:.2f} is what "
          "knowing nothing costs",
          options.config, task->model().parameter_count(), nsp_possible ? " + ln 2" : "",
          std::log(task->model().config.vocab_size) + (nsp_possible ? std::numbers::ln2 : 0)));
  return task;
}

// The checkpoint to go on from, or nothing for a new run.
std::optional<std::filesystem::path> find_start(const PretrainOptions& options,
                                                const training::Warn& warn_of) {
  const auto latest = training::latest_checkpoint(options.out, warn_of);
  if (!options.resume) {
    require<ValueError>(!latest,
                        "{} already holds a run; give --resume to continue it, or another "
                        "--out",
                        options.out.string());
    return std::nullopt;
  }
  require<ValueError>(latest.has_value(), "--resume: there is no checkpoint in {}",
                      options.out.string());
  return latest;
}

void print_result(const PretrainOptions& options, const training::TrainingResult& result,
                  const bert::Scores& scores, const bert::Baselines& baselines) {
  if (options.json) {
    Json json = {{"step", result.step},
                 {"finished", true},
                 {"seconds", result.seconds},
                 {"seconds_waiting_for_batches", result.waited}};
    json.update(to_json(scores, baselines));
    print_json(json);
  } else {
    fmt::print("\n");
    print_table(scores, baselines);
    fmt::print("\nTrained in {}; the model is in {}\n", training::format_duration(result.seconds),
               options.out.string());
  }
}

int pretrain(const PretrainOptions& options) {
  // What can be refused before the text is read, which may take a while; --out is looked at again when
  // nobody else can write there any more.
  options.trainer.validate();
  training::check_not_in_use(options.out);
  find_start(options, {});
  const std::unique_ptr<bert::Pretraining> task = make_task(options);
  for (const std::string& text : options.fill) {  // an error comes now, not after the training
    bert::fill_mask(task->model(), task->text().tokenizer, text, 1);
  }
  training::Trainer trainer(*task, options.trainer, options.out);
  const auto start = find_start(options, warn);
  if (start) {
    trainer.resume(*start);
    say(options, fmt::format("continuing from {}", start->string()));
  }
  warn_of_slow_products();
  const training::TrainingResult result = trainer.run();
  if (!result.finished) {
    say(options, fmt::format("stopped and saved after step {}; the same command with --resume goes "
                             "on from there",
                             result.step));
    if (options.json) print_json({{"step", result.step}, {"finished", false}});
    if (options.no_report) return 0;
  }
  const bert::Scores scores = bert::evaluate(task->model(), task->held_out());
  const bert::Baselines baselines = bert::compute_baselines(task->text(), task->held_out());
  if (result.finished) print_result(options, result, scores, baselines);
  if (options.no_report) return 0;
  write_report(options.out, *task,
               {.result = result,
                .steps = options.trainer.steps,
                .resumed = start.has_value(),
                .scores = scores,
                .baselines = baselines,
                .fill = options.fill});
  if (!options.json) fmt::print("The report is {}\n", (options.out / kReportFile).string());
  return 0;
}

void add_model_options(CLI::App& command, PretrainOptions& options) {
  command.add_option("--config", options.config, "Size: tiny, mini, small, medium or base")
      ->capture_default_str();
  command.add_option("--vocab", options.vocab, "A vocab.txt to use, instead of making one");
  command
      .add_option("--vocab-size", options.vocab_size, "Tokens at most in the vocabulary it makes")
      ->capture_default_str();
  command.add_option("--dropout", options.dropout)->capture_default_str();
  command.add_flag("--plain-start", options.plain_start,
                   "Start from noise of deviation 0.02 as BERT did, not from the informed start");
}

void add_data_options(CLI::App& command, PretrainOptions& options) {
  text::BatchOptions& batches = options.batches;
  command
      .add_option("--text-part", options.text_part,
                  "Part of the documents to learn from, to see what less text would give; the "
                  "vocabulary and the held-out text stay those of the whole")
      ->capture_default_str();
  command.add_option("--batch", batches.batch, "Sequences a batch")->capture_default_str();
  command.add_option("--seq", batches.max_seq, "Tokens a sequence at most")->capture_default_str();
  command
      .add_option("--long-part", options.long_part,
                  "Part of the steps, at the end, that read longer sequences; 0 for none")
      ->capture_default_str();
  command.add_option("--long-seq", options.long_seq, "Tokens a sequence at most, in that part")
      ->capture_default_str();
  command.add_option("--long-batch", options.long_batch, "Sequences a batch, in that part")
      ->capture_default_str();
  command
      .add_option("--mask-rate", batches.masking.rate,
                  "Part of the tokens to mask in training; evaluation always masks 0.15")
      ->capture_default_str();
  command
      .add_option("--max-predictions", batches.masking.max_predictions,
                  "Masked tokens a sequence at most")
      ->capture_default_str();
  command.add_flag("--whole-words", batches.masking.whole_words,
                   "Mask all pieces of a word at once");
  command.add_flag("--no-nsp", options.no_nsp, "Train without next-sentence prediction");
}

void add_report_options(CLI::App& command, PretrainOptions& options) {
  command.add_flag("--no-report", options.no_report, "Write no report.html into --out");
  command
      .add_option(
          "--fill", options.fill,
          "A sentence with [MASK] to fill in the report, instead of held-out ones; repeat it "
          "for more")
      ->allow_extra_args(false);  // which would also read "[MASK] and [MASK]" as a list
}

void add_trainer_options(CLI::App& command, PretrainOptions& options) {
  training::TrainerOptions& trainer = options.trainer;
  command.add_option("--steps", trainer.steps, "Updates")->capture_default_str();
  command.add_option("--lr", trainer.learning_rate, "Peak learning rate")->capture_default_str();
  command.add_option("--warmup", trainer.warmup, "Part of the steps over which the rate rises")
      ->capture_default_str();
  command.add_option("--beta2", trainer.adam.beta2)->capture_default_str();
  command.add_option("--weight-decay", trainer.adam.weight_decay)->capture_default_str();
  command.add_option("--clip", trainer.clip_norm, "Largest norm of the gradients; 0 for any")
      ->capture_default_str();
  command.add_option("--accumulate", trainer.accumulate, "Batches an update")
      ->capture_default_str();
  command.add_option("--evaluate-every", trainer.evaluate_every, "Steps; 0 for the end alone")
      ->capture_default_str();
  command.add_option("--checkpoint-every", trainer.checkpoint_every, "Steps; 0 for the end alone")
      ->capture_default_str();
  command
      .add_option("--keep-checkpoints", trainer.keep_checkpoints,
                  "How many to keep; gradus bert attention --run goes through them")
      ->capture_default_str();
  command.add_flag("--resume", options.resume, "Continue the run in --out");
  command.add_flag("--quiet", trainer.quiet, "No progress");
}

}  // namespace

void add_pretrain_command(CLI::App& bert, Run& run) {
  static PretrainOptions options;
  CLI::App* command = add_command(bert, "pretrain", "Train a masked-language model on text",
                                  "gradus bert pretrain --text book.txt --out runs/book", run,
                                  [] { return pretrain(options); });
  command->add_option("--text", options.text, "Text files")->required();
  command->add_option("--out", options.out, "Directory for the model, checkpoints and metrics")
      ->required();
  add_model_options(*command, options);
  add_data_options(*command, options);
  add_trainer_options(*command, options);
  add_report_options(*command, options);
  add_seed_option(*command, options.seed);
  add_product_options(*command);
  add_threads_option(*command);
  add_json_option(*command, options.json);
}

}  // namespace gradus::cli
