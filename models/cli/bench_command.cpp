// gradus bench: how fast this machine runs what matters, next to what it could do.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/io/atomic_file.hpp"
#include "core/kernels/parallel.hpp"
#include "models/bench/benchmark.hpp"
#include "models/cli/command.hpp"
#include "models/cli/profile_report.hpp"
#include "models/training/train_benchmark.hpp"

namespace gradus::cli {
namespace {

struct TrainOptions {
  training::TrainBenchmark benchmark{};
  std::filesystem::path trace;  // empty: none
};

Json summary(const training::TrainBenchmarkResult& r) {
  return {{"tokens_per_s", r.tokens_per_s},
          {"step_ms", r.step_ms},
          {"gflops", r.gflops},
          {"peak_gflops", r.peak_gflops},
          {"fraction_of_peak", r.fraction_of_peak},
          {"peak_rss_mb", r.peak_rss_mb},
          {"system_allocations", r.system_allocations},
          {"losses", r.losses}};
}

void print_summary(const training::TrainBenchmarkResult& r, int64_t steps) {
  fmt::print("{:.0f} tokens/s, {:.1f} ms a step (median of {})\n", r.tokens_per_s, r.step_ms,
             steps);
  fmt::print("{:.1f} GFLOP/s, {:.2f} of the {:.1f} GFLOP/s that the FMA units reach\n", r.gflops,
             r.fraction_of_peak, r.peak_gflops);
  fmt::print("{:.0f} MB of memory at most; {} allocations from the system after the second step\n",
             r.peak_rss_mb, r.system_allocations);
}

int bench_train(const TrainOptions& options, bool json) {
  std::optional<AtomicFile> trace;
  if (!options.trace.empty()) trace.emplace(options.trace);  // before the work, lest it be in vain
  const auto steps = options.benchmark.steps;
  warn_of_slow_products();
  const training::TrainBenchmarkResult result = training::run_train_benchmark(options.benchmark);
  if (trace) {
    trace->write(result.trace);
    trace->commit();
  }
  if (json) {
    Json all = summary(result);
    if (options.benchmark.profile) all["profile"] = to_json(result.profile, steps);
    print_json(all);
    return 0;
  }
  print_summary(result, steps);
  if (options.benchmark.profile) print_table(result.profile, steps);
  return 0;
}

Json result_json(const bench::Result& r) {
  return {{"name", r.name},        {"size", r.size},   {"ms", r.milliseconds},    {"rate", r.rate},
          {"unit", r.unit + "/s"}, {"bound", r.bound}, {"fraction", r.fraction()}};
}

// Counts characters and not bytes, so that columns stand below each other.
std::string padded(const std::string& text, size_t width) {
  const auto is_first = [](char c) { return (c & 0xC0) != 0x80; };
  const auto length = static_cast<size_t>(std::ranges::count_if(text, is_first));
  return text + std::string(width - std::min(width, length), ' ');
}

int bench_kernels(const std::vector<std::string_view>& families, const bench::TextFile& text,
                  bool json) {
  Json rows = Json::array();
  if (!json) {
    fmt::print("{:32}{:22}{:>10}{:>16}{:>10}\n", "", "size", "ms", "rate", "of bound");
  }
  for (const std::string_view family : families) {
    for (const bench::Case& work : bench::cases_of(family, text)) {
      const bench::Result r = bench::measure(work);
      rows.push_back(result_json(r));
      if (json) continue;
      fmt::print("{}{}{:>10.3f}{:>10.1f} {:<5}", padded(r.name, 32), padded(r.size, 22),
                 r.milliseconds, r.rate, r.unit + "/s");
      fmt::print("{}\n", r.bound > 0 ? fmt::format("{:>8.2f}", r.fraction()) : "");
      std::fflush(stdout);
    }
  }
  if (json) print_json({{"threads", num_threads()}, {"kernels", rows}});
  return 0;
}

}  // namespace

void add_bench_command(CLI::App& app, Run& run) {
  CLI::App* bench = app.add_subcommand("bench", "Measure speed");
  bench->require_subcommand(1);

  static TrainOptions train_options;
  static bool json = false;
  training::TrainBenchmark& options = train_options.benchmark;
  CLI::App* train = add_command(*bench, "train", "A training step of BERT on random tokens",
                                "gradus bench train --profile --trace step.json", run,
                                [] { return bench_train(train_options, json); });
  train->add_option("--layers", options.layers)->capture_default_str();
  train->add_option("--hidden", options.hidden)->capture_default_str();
  train->add_option("--vocab", options.vocab)->capture_default_str();
  train->add_option("--batch", options.batch)->capture_default_str();
  train->add_option("--seq", options.seq)->capture_default_str();
  train->add_option("--predictions", options.predictions, "Masked positions a sequence")
      ->capture_default_str();
  train->add_option("--dropout", options.dropout)->capture_default_str();
  train->add_option("--steps", options.steps, "Steps to time")->capture_default_str();
  train->add_option("--dump", options.dump,
                    "Directory for the weights at the start and the batches, for another program");
  CLI::Option* profile =
      train->add_flag("--profile", options.profile, "Show which operations take the time");
  train
      ->add_option("--trace", train_options.trace,
                   "File for the last step, as ui.perfetto.dev reads it")
      ->needs(profile);
  add_product_options(*train);
  add_threads_option(*train);
  add_json_option(*train, json);

  static bench::TextFile text = "models/data/linden-bay.en.txt";
  const auto add_kernels = [&](const std::string& name, const std::string& description,
                               const std::vector<std::string_view>& chosen) {
    CLI::App* command = add_command(*bench, name, description, "gradus bench " + name, run,
                                    [=] { return bench_kernels(chosen, text, json); });
    command->add_option("--text", text, "The text that the tokenizer works on")
        ->capture_default_str();
    add_threads_option(*command);
    add_json_option(*command, json);
  };
  const auto families = bench::families();
  for (const std::string_view family : families) {
    add_kernels(std::string(family), fmt::format("The kernels of {}", family), {family});
  }
  add_kernels("all", "All kernels, in one table", families);
}

}  // namespace gradus::cli
