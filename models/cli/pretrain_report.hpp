// report.html: what a training came to, as one page that needs no network.
#pragma once

#include "models/bert/pretraining.hpp"
#include "models/training/trainer.hpp"

namespace gradus::cli {

inline constexpr const char* kReportFile = "report.html";

struct ReportOptions {
  training::TrainingResult result;
  int64_t steps = 0;     // of the whole training, which may have been stopped before
  bool resumed = false;  // then the result's seconds are not those of the whole training
  bert::Scores scores;
  bert::Baselines baselines;
  std::vector<std::string> fill{};  // sentences with [MASK]; empty: held-out ones
};

// Writes it into the directory of the run `out`, finished or stopped, from metrics.jsonl there and
// the task. Throws IoError.
void write_report(const std::filesystem::path& out, bert::Pretraining& task,
                  const ReportOptions& options);

}  // namespace gradus::cli
