// metrics.jsonl: one JSON object a line, for plots and for other programs.
#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/training/task.hpp"

namespace gradus::training {

class MetricsLog {
 public:
  // Starts the file anew or, after a resumption, keeps its lines up to `last_step`: what a killed
  // run logged beyond its last checkpoint will be logged again. Throws IoError.
  MetricsLog(std::filesystem::path file, int64_t last_step);

  // A line that was kept is not written a second time.
  // {"step": 12, "kind": "train", "loss": 4.2, ...}; numbers that are not finite become null.
  void write(int64_t step, const std::string& kind, const Metrics& metrics);

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  std::set<std::pair<int64_t, std::string>> kept_;  // step and kind of the lines before
};

struct MetricsLine {
  int64_t step;
  std::string kind;  // "train" or "evaluation"
  Metrics values;    // null as NaN
};

// The lines of such a file, without those that are not whole. Throws IoError.
std::vector<MetricsLine> read_metrics(const std::filesystem::path& file);

}  // namespace gradus::training
