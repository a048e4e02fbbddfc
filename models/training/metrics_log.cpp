#include "models/training/metrics_log.hpp"

#include <limits>

#include "core/io/atomic_file.hpp"
#include "core/io/json.hpp"

namespace gradus::training {
namespace {

// The parts of a line by which it is told from others; step -1 if the line was cut by a kill.
std::pair<int64_t, std::string> key_of(const std::string& line) {
  const auto json = parse_json_or_null(line);
  if (!json.is_object() || !json.contains("step") || !json.contains("kind")) return {-1, {}};
  if (!json["step"].is_number_integer() || !json["kind"].is_string()) return {-1, {}};
  return {json["step"].get<int64_t>(), json["kind"].get<std::string>()};
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path file, int64_t last_step) : file_(std::move(file)) {
  std::string lines;
  if (last_step > 0) {
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) {
      const auto key = key_of(line);
      const bool keep = key.first >= 0 && key.first <= last_step;
      if (keep && kept_.insert(key).second) lines += line + "\n";
    }
  }
  write_file_atomically(file_, lines);
  out_.open(file_, std::ios::app);
  require<IoError>(out_.is_open(), "{}: cannot be written", file_.string());
}

void MetricsLog::write(int64_t step, const std::string& kind, const Metrics& metrics) {
  if (kept_.contains({step, kind})) return;
  Json json = {{"step", step}, {"kind", kind}};
  for (const auto& [name, value] : metrics) json[name] = value;
  out_ << to_text(json) << std::endl;  // each line reaches the file at once
  require<IoError>(out_.good(), "{}: cannot be written; is the disk full?", file_.string());
}

std::vector<MetricsLine> read_metrics(const std::filesystem::path& file) {
  std::ifstream in(file);
  require<IoError>(in.is_open(), "cannot read {}", file.string());
  std::vector<MetricsLine> lines;
  for (std::string text; std::getline(in, text);) {
    const auto [step, kind] = key_of(text);
    if (step < 0) continue;
    MetricsLine& line = lines.emplace_back(MetricsLine{.step = step, .kind = kind, .values = {}});
    const Json json = parse_json(text);
    for (const auto& [name, value] : json.items()) {
      if (name == "step" || !(value.is_number() || value.is_null())) continue;
      const double nan = std::numeric_limits<double>::quiet_NaN();
      line.values.emplace_back(name, value.is_null() ? nan : value.get<double>());
    }
  }
  return lines;
}

}  // namespace gradus::training
