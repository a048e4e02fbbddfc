// gradus bench: how fast this machine runs what matters, next to what it could do.
#include <fmt/format.h>

#include "models/cli/command.hpp"
#include "models/training/train_benchmark.hpp"

namespace gradus::cli {
namespace {

int bench_train(const training::TrainBenchmark& options, bool json) {
  const training::TrainBenchmarkResult r = training::run_train_benchmark(options);
  if (json) {
    print_json({{"tokens_per_s", r.tokens_per_s},
                {"step_ms", r.step_ms},
                {"gflops", r.gflops},
                {"peak_gflops", r.peak_gflops},
                {"fraction_of_peak", r.fraction_of_peak},
                {"peak_rss_mb", r.peak_rss_mb}});
    return 0;
  }
  fmt::print("{:.0f} tokens/s, {:.1f} ms a step (median of {})\n", r.tokens_per_s, r.step_ms,
             options.steps);
  fmt::print("{:.1f} GFLOP/s, {:.2f} of the {:.1f} GFLOP/s that the FMA units reach\n", r.gflops,
             r.fraction_of_peak, r.peak_gflops);
  fmt::print("{:.0f} MB of memory at most\n", r.peak_rss_mb);
  return 0;
}

}  // namespace

void add_bench_command(CLI::App& app, Run& run) {
  CLI::App* bench = app.add_subcommand("bench", "Measure speed");
  bench->require_subcommand(1);

  static training::TrainBenchmark options;
  static bool json = false;
  CLI::App* train =
      add_command(*bench, "train", "A training step of BERT on random tokens",
                  "gradus bench train --json", run, [] { return bench_train(options, json); });
  train->add_option("--layers", options.layers)->capture_default_str();
  train->add_option("--hidden", options.hidden)->capture_default_str();
  train->add_option("--vocab", options.vocab)->capture_default_str();
  train->add_option("--batch", options.batch)->capture_default_str();
  train->add_option("--seq", options.seq)->capture_default_str();
  train->add_option("--predictions", options.predictions, "Masked positions a sequence")
      ->capture_default_str();
  train->add_option("--dropout", options.dropout)->capture_default_str();
  train->add_option("--steps", options.steps, "Steps to time")->capture_default_str();
  add_threads_option(*train);
  add_json_option(*train, json);
}

}  // namespace gradus::cli
