#include "models/training/metrics_log.hpp"

#include <nlohmann/json.hpp>

#include "core/io/atomic_file.hpp"

namespace gradus::training {
namespace {

// The lines of an earlier run up to `last_step`; a last line cut by a kill is left out.
std::string kept_lines(const std::filesystem::path& file, int64_t last_step) {
  std::ifstream in(file);
  std::string kept, line;
  while (std::getline(in, line)) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) continue;
    if (json["step"].get<int64_t>() <= last_step) kept += line + "\n";
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path file, int64_t last_step) : file_(std::move(file)) {
  write_file_atomically(file_, last_step > 0 ? kept_lines(file_, last_step) : std::string());
  out_.open(file_, std::ios::app);
  require<IoError>(out_.is_open(), "{}: cannot be written", file_.string());
}

void MetricsLog::write(int64_t step, const std::string& kind, const Metrics& metrics) {
  nlohmann::ordered_json json = {{"step", step}, {"kind", kind}};
  for (const auto& [name, value] : metrics) json[name] = value;
  out_ << json.dump() << std::endl;  // each line reaches the file at once
  require<IoError>(out_.good(), "{}: cannot be written; is the disk full?", file_.string());
}

}  // namespace gradus::training
