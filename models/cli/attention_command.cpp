#include "models/cli/attention_command.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"
#include "core/io/atomic_file.hpp"
#include "models/bert/view/pages.hpp"
#include "models/cli/loaded_model.hpp"
#include "models/training/checkpoint.hpp"

namespace gradus::cli {
namespace {

struct AttentionOptions {
  std::filesystem::path model, run;  // one of them
  std::string text;
  std::optional<std::string> second;  // with which it is a pair
  int64_t top = 5;
  std::filesystem::path html;
  bool json = false;
};

// The same text through the model, or through every checkpoint of the run.
std::vector<bert::Snapshot> take_snapshots(const AttentionOptions& options) {
  const auto look = [&](const std::filesystem::path& directory) {
    const LoadedModel loaded = load_with_tokenizer(directory);
    return bert::attention_map(*loaded.model, loaded.tokenizer, options.text, options.second,
                               options.top);
  };
  std::vector<bert::Snapshot> snapshots;
  if (!options.model.empty()) {
    snapshots.push_back({.step = {}, .map = look(options.model)});
    return snapshots;
  }
  for (const auto& [step, directory] : training::saved_models(options.run, warn)) {
    snapshots.push_back({.step = step, .map = look(directory)});
  }
  return snapshots;
}

void print_for_a_person(const bert::Snapshot& snapshot) {
  const bert::AttentionMap& map = snapshot.map;
  if (snapshot.step) fmt::print("After step {}\n", *snapshot.step);
  fmt::print("Entropy of each head in nats; {} tokens, so at most {:.2f}\n", map.tokens.size(),
             std::log(static_cast<double>(map.tokens.size())));
  for (size_t layer = 0; layer < map.entropy.size(); ++layer) {
    fmt::print("  layer {:<3}", layer + 1);
    for (const double entropy : map.entropy[layer]) fmt::print("{:7.2f}", entropy);
    fmt::print("\n");
  }
  for (const auto& [position, predictions] : map.masks) {
    fmt::print("\n[MASK], token {}\n", position);
    for (const bert::Prediction& p : predictions) {
      fmt::print("{:5.1f}%  {}\n", 100 * p.probability, p.token);
    }
  }
}

// Of a model its numbers; of a run {"checkpoints": [{"step", "map": its numbers}, ...]}.
void print_numbers(const std::vector<bert::Snapshot>& snapshots) {
  if (!snapshots[0].step) {
    fmt::print("{}\n", to_json(snapshots[0].map));
    return;
  }
  std::string_view separator = "{\"checkpoints\":[";
  for (const bert::Snapshot& snapshot : snapshots) {
    fmt::print("{}{{\"step\":{},\"map\":{}}}", separator, *snapshot.step, to_json(snapshot.map));
    separator = ",\n";
  }
  fmt::print("]}}\n");
}

int attention(const AttentionOptions& options) {
  const std::vector<bert::Snapshot> snapshots = take_snapshots(options);
  if (!options.html.empty()) {
    std::string title = options.text;
    if (options.second) title += " / " + *options.second;
    write_file_atomically(options.html, bert::attention_page(snapshots, title));
  }
  if (options.json) {
    print_numbers(snapshots);
  } else if (!options.html.empty()) {
    fmt::print("{}: open it in a browser\n", options.html.string());
  } else {
    for (const bert::Snapshot& snapshot : snapshots) {
      print_for_a_person(snapshot);
      if (&snapshot != &snapshots.back()) fmt::print("\n");
    }
  }
  return 0;
}

}  // namespace

void add_attention_command(CLI::App& bert, Run& run) {
  static AttentionOptions options;
  CLI::App* command =
      add_command(bert, "attention", "Show where each head looks, and what stands at [MASK]",
                  "gradus bert attention --model runs/book \"The [MASK] shines.\" --html out.html",
                  run, [] { return attention(options); });
  CLI::Option_group* source = command->add_option_group("source", "What to look into");
  source->add_option("--model", options.model, "Model directory, or the --out of a run");
  source->add_option("--run", options.run, "The --out of a run, whose checkpoints are all shown");
  source->require_option(1);
  command->add_option("--html", options.html, "A page to write, which needs no network");
  command->add_option("--top", options.top, "Guesses for each mask")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("text", options.text, "A text")->required();
  command->add_option("second", options.second, "A second text, if they are a pair");
  add_threads_option(*command);
  add_json_option(*command, options.json);
}

}  // namespace gradus::cli
