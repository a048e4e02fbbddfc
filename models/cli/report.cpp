#include "models/cli/report.hpp"

#include <fmt/format.h>

namespace gradus::cli {

Json to_json(const bert::Scores& scores, const bert::Baselines& baselines) {
  Json json = {{"mlm_accuracy", scores.mlm_accuracy}, {"mlm_loss", scores.mlm_loss}};
  json["nsp_accuracy"] = scores.pairs > 0 ? Json(scores.nsp_accuracy) : Json();
  json.update({{"masked_tokens", scores.masked_tokens},
               {"nsp_pairs", scores.pairs},
               {"baselines",
                {{"uniform_loss", baselines.uniform_loss},
                 {"most_frequent_accuracy", baselines.most_frequent_accuracy},
                 {"neighbour_accuracy", baselines.neighbour_accuracy}}}});
  return json;
}

void print_table(const bert::Scores& scores, const bert::Baselines& baselines) {
  const auto row = [](std::string_view name, const std::string& loss, const std::string& accuracy) {
    fmt::print("  {:46}{:>8}{:>12}\n", name, loss, accuracy);
  };
  const auto loss = [](double value) { return fmt::format("{:.2f}", value); };
  const auto part = [](double value) { return fmt::format("{:.3f}", value); };

  fmt::print("On {} masked tokens of documents held out from training:\n", scores.masked_tokens);
  row("", "loss", "accuracy");
  row("every token equally likely (ln V)", loss(baselines.uniform_loss), "");
  row("always the most frequent token", "", part(baselines.most_frequent_accuracy));
  row("the token most seen between the same neighbours", "", part(baselines.neighbour_accuracy));
  row("this model", loss(scores.mlm_loss), part(scores.mlm_accuracy));
  if (scores.pairs == 0) return;
  row(fmt::format("this model, next sentence ({} pairs)", scores.pairs), loss(scores.nsp_loss),
      part(scores.nsp_accuracy));
}

}  // namespace gradus::cli
