#include "models/cli/pretrain_report.hpp"

#include <algorithm>
#include <cmath>

#include "core/io/atomic_file.hpp"
#include "core/median.hpp"
#include "models/bert/cloze.hpp"
#include "models/bert/fill_mask.hpp"
#include "models/bert/view/pages.hpp"
#include "models/cli/command.hpp"
#include "models/cli/loaded_model.hpp"
#include "models/cli/machine.hpp"
#include "models/cli/report.hpp"
#include "models/training/checkpoint.hpp"
#include "models/training/metrics_log.hpp"

namespace gradus::cli {
namespace {

constexpr size_t kMostPoints = 2000;  // of a curve: more than a screen shows
constexpr size_t kSentences = 6;
constexpr int64_t kGuesses = 4;

using Lines = std::vector<training::MetricsLine>;

// NaN if the line does not have it.
double value_of(const training::MetricsLine& line, std::string_view name) {
  const auto found = std::ranges::find(line.values, name, [](const auto& p) { return p.first; });
  return found == line.values.end() ? std::nan("") : found->second;
}

Lines lines_of_kind(const Lines& lines, std::string_view kind) {
  Lines result;
  std::ranges::copy_if(lines, std::back_inserter(result),
                       [&](const auto& line) { return line.kind == kind; });
  return result;
}

// {"step": [...], "mlm_loss": [...], ...}: of a long training means over equal stretches, each at its
// last step.
Json to_columns(const Lines& lines) {
  const size_t stretch = std::max<size_t>(1, (lines.size() + kMostPoints - 1) / kMostPoints);
  Json columns = {{"step", Json::array()}};
  for (size_t end = stretch; end <= lines.size(); end += stretch) {
    columns["step"].push_back(lines[end - 1].step);
  }
  for (const char* name : {"mlm_loss", "tokens_per_s"}) {
    Json column = Json::array();
    for (size_t end = stretch; end <= lines.size(); end += stretch) {
      double sum = 0;
      for (size_t i = end - stretch; i < end; ++i) sum += value_of(lines[i], name);
      // Five digits are more than a screen shows; NaN becomes null.
      column.push_back(std::round(sum / static_cast<double>(stretch) * 1e4) / 1e4);
    }
    columns[name] = std::move(column);
  }
  return columns;
}

Json evaluations(const Lines& lines) {
  Json result = Json::array();
  for (const training::MetricsLine& line : lines) {
    Json& json = result.emplace_back(Json{{"step", line.step}});
    for (const auto& [name, value] : line.values) json[name] = value;
  }
  return result;
}

Json median_speed(const Lines& lines) {
  std::vector<double> speeds;
  for (const training::MetricsLine& line : lines) {
    const double speed = value_of(line, "tokens_per_s");
    if (std::isfinite(speed)) speeds.push_back(speed);
  }
  if (speeds.empty()) return {};
  return median(speeds);
}

Json filled(bert::Pretraining& task, const bert::Cloze& cloze) {
  Json masks = Json::array();
  for (const auto& guesses :
       bert::fill_mask(task.model(), task.text().tokenizer, cloze.text, kGuesses)) {
    Json& mask = masks.emplace_back(Json::array());
    for (const bert::Guess& guess : guesses) {
      mask.push_back({{"token", guess.token}, {"probability", guess.probability}});
    }
  }
  return {{"text", cloze.text}, {"answer", cloze.answer}, {"masks", std::move(masks)}};
}

Json sentences(bert::Pretraining& task, const std::vector<std::string>& given) {
  std::vector<bert::Cloze> clozes;
  for (const std::string& text : given) clozes.push_back({.text = text, .answer = {}});
  if (given.empty()) {
    clozes = bert::make_clozes(task.text().held_out, task.text().tokenizer, kSentences);
  }
  Json result = Json::array();
  for (const bert::Cloze& cloze : clozes) result.push_back(filled(task, cloze));
  return result;
}

// Where the heads look in the first sentence, at each checkpoint that was kept; null without one.
Json attention(const std::filesystem::path& out, const Json& sentences) {
  if (sentences.empty()) return {};
  const std::string text = sentences[0]["text"];
  std::vector<bert::Snapshot> snapshots;
  for (const auto& [step, directory] : training::saved_models(out, warn)) {
    const LoadedModel loaded = load_with_tokenizer(directory);
    snapshots.push_back(
        {.step = step, .map = bert::attention_map(*loaded.model, loaded.tokenizer, text)});
  }
  return parse_json(bert::attention_data(snapshots, text));
}

// As the checkpoint has it, without what says nothing to a person.
Json configuration(const std::filesystem::path& out) {
  const std::filesystem::path file = training::find_model(out) / "trainer_state.json";
  Json state = parse_json_or_null(read_file(file, 1 << 24));
  if (!state.is_object()) return Json::object();
  Json task = state.value("task", Json::object());
  Json result = {{"model", task.value("model", Json::object())}};
  for (const char* hidden : {"text", "model"}) task.erase(hidden);
  result.update({{"data", task}, {"training", state.value("trainer", Json::object())}});
  return result;
}

}  // namespace

void write_report(const std::filesystem::path& out, bert::Pretraining& task,
                  const ReportOptions& options) {
  const Lines lines = training::read_metrics(out / "metrics.jsonl");
  const Lines train = lines_of_kind(lines, "train");
  Json scores = to_json(options.scores, options.baselines);
  const Json baselines = scores["baselines"];
  scores.erase("baselines");
  const Json filled_sentences = sentences(task, options.fill);
  const std::filesystem::path folder = std::filesystem::absolute(out / "").parent_path();
  const Json data = {{"name", folder.filename().string()},
                     {"step", options.result.step},
                     {"steps", options.steps},
                     {"seconds", options.resumed ? Json() : Json(options.result.seconds)},
                     {"tokens_per_s", median_speed(train)},
                     {"parameters", task.model().parameter_count()},
                     {"vocabulary", task.text().tokenizer.vocabulary().size()},
                     {"train_tokens", task.text().train.tokens.size()},
                     {"held_out_tokens", task.text().held_out.tokens.size()},
                     {"scores", scores},
                     {"baselines", baselines},
                     {"train", to_columns(train)},
                     {"evaluations", evaluations(lines_of_kind(lines, "evaluation"))},
                     {"sentences", filled_sentences},
                     {"attention", attention(out, filled_sentences)},
                     {"configuration", configuration(out)},
                     {"machine", describe_machine()}};
  write_file_atomically(out / kReportFile, bert::with_data(bert::kReportPage, to_text(data)));
}

}  // namespace gradus::cli
