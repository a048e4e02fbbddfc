#include "models/cli/attention_command.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"
#include "models/bert/attention_map.hpp"
#include "models/cli/loaded_model.hpp"

namespace gradus::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::vector<std::string> text;  // one, or two
  int64_t top = 5;
  bool json = false;
};

void print_for_a_person(const bert::AttentionMap& map) {
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

int attention(const Options& options) {
  const LoadedModel loaded = load_with_tokenizer(options.model);
  std::optional<std::string_view> second;
  if (options.text.size() > 1) second = options.text[1];
  const bert::AttentionMap map =
      bert::attention_map(*loaded.model, loaded.tokenizer, options.text[0], second, options.top);
  if (options.json) {
    fmt::print("{}\n", to_json(map));
  } else {
    print_for_a_person(map);
  }
  return 0;
}

}  // namespace

void add_attention_command(CLI::App& bert, Run& run) {
  static Options options;
  CLI::App* command =
      add_command(bert, "attention", "Show where each head looks, and what stands at [MASK]",
                  "gradus bert attention --model runs/book \"The [MASK] shines.\" --json", run,
                  [] { return attention(options); });
  command->add_option("--model", options.model, "Model directory, or the --out of a run")
      ->required();
  command->add_option("--top", options.top, "Guesses for each mask")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("text", options.text, "A text, and a second one if they are a pair")
      ->required()
      ->expected(1, 2);
  add_threads_option(*command);
  add_json_option(*command, options.json);
}

}  // namespace gradus::cli
