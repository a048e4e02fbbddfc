#include "models/cli/report.hpp"

#include <fmt/format.h>

namespace gradus::cli {

Json to_json(const bert::Scores& scores, const bert::Baselines& baselines) {
  const bool scored = scores.masked_tokens > 0;  // no document may have been held out
  const auto known = [](bool is_known, double value) { return is_known ? Json(value) : Json(); };
  Json json = {{"mlm_accuracy", known(scored, scores.mlm_accuracy)},
               {"mlm_loss", known(scored, scores.mlm_loss)}};
  json["nsp_accuracy"] = known(scores.pairs > 0, scores.nsp_accuracy);
  json.update({{"masked_tokens", scores.masked_tokens},
               {"nsp_pairs", scores.pairs},
               {"baselines",
                {{"uniform_loss", baselines.uniform_loss},
                 {"most_frequent_accuracy", known(scored, baselines.most_frequent_accuracy)},
                 {"neighbour_accuracy", known(scored, baselines.neighbour_accuracy)}}}});
  return json;
}

void print_table(const bert::Scores& scores, const bert::Baselines& baselines) {
  const auto row = [](std::string_view name, const std::string& loss, const std::string& accuracy) {
    fmt::print("  {:46}{:>8}{:>12}\n", name, loss, accuracy);
  };
  const auto loss = [](double value) { return fmt::format("{:.2f}", value); };
  const auto part = [](double value) { return fmt::format("{:.3f}", value); };

  if (scores.masked_tokens == 0) {
    fmt::print("No scores: the text has a single document, so none is held out.\n");
    return;
  }
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
