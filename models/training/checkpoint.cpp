#include "models/training/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "core/error.hpp"
#include "models/training/manifest.hpp"

namespace gradus::training {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNamePrefix = "step-";
constexpr std::string_view kUnfinishedPrefix = ".tmp-";  // directories that are not checkpoints

const std::vector<std::string> kModelFiles = {"config.json", "model.safetensors", "vocab.txt",
                                              "tokenizer_config.json"};

// A directory named step-STEP, or step-STEP.REPEAT where the same step was saved again.
struct SavedStep {
  int64_t step = 0;
  int64_t repeat = 0;

  auto operator<=>(const SavedStep&) const = default;

  std::string name() const {
    const std::string name = fmt::format("{}{:08}", kNamePrefix, step);
    return repeat == 0 ? name : fmt::format("{}.{}", name, repeat);
  }
};

std::optional<int64_t> parse_number(std::string_view digits) {
  int64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < 0) return std::nullopt;
  return number;
}

std::optional<SavedStep> parse_name(std::string_view name) {
  if (!name.starts_with(kNamePrefix)) return std::nullopt;
  name.remove_prefix(kNamePrefix.size());
  const size_t dot = name.find('.');
  const auto step = parse_number(name.substr(0, dot));
  const auto repeat = dot == name.npos ? 0 : parse_number(name.substr(dot + 1));
  if (!step || !repeat) return std::nullopt;
  return SavedStep{.step = *step, .repeat = *repeat};
}

fs::path folder_of(const fs::path& out) { return out / "checkpoints"; }

void throw_if(const std::error_code& error, std::string_view action, const fs::path& path) {
  require<IoError>(!error, "cannot {} {}: {}", action, path.string(), error.message());
}

void require_directory(const fs::path& path) {
  require<IoError>(fs::is_directory(path), "cannot read {}: it is not a directory", path.string());
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    entries.push_back(entry->path());
  }
  if (error != std::errc::no_such_file_or_directory) throw_if(error, "read", folder);
  return entries;
}

// Newest first.
std::vector<SavedStep> saved_steps(const fs::path& folder) {
  std::vector<SavedStep> steps;
  for (const fs::path& entry : entries_of(folder)) {
    if (const auto saved = parse_name(entry.filename().string())) steps.push_back(*saved);
  }
  std::ranges::sort(steps, std::greater());
  return steps;
}

// A directory that is removed at the end of its life unless it became a checkpoint; errors
// name the file in the checkpoint that it would have become.
class UnfinishedCheckpoint {
 public:
  UnfinishedCheckpoint(fs::path path, fs::path checkpoint)
      : path_(std::move(path)), checkpoint_(std::move(checkpoint)) {
    std::error_code error;
    fs::create_directory(path_, error);
    throw_if(error, "create", path_);
  }
  ~UnfinishedCheckpoint() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  UnfinishedCheckpoint(const UnfinishedCheckpoint&) = delete;
  UnfinishedCheckpoint& operator=(const UnfinishedCheckpoint&) = delete;

  void write(const CheckpointFiles& files) const {
    Manifest manifest;
    for (const auto& [name, content] : files) {
      require<ValueError>(is_plain_file_name(name), "save_checkpoint: \"{}\" cannot name a file",
                          name);
      manifest[name] = write_file(name, content);
    }
    write_file(kManifestFile, to_json(manifest));
    sync_directory(path_);
  }

  // One rename makes the whole a checkpoint.
  void finish() {
    if (std::rename(path_.c_str(), checkpoint_.c_str()) != 0) {
      throw_system_error("write", checkpoint_);
    }
    path_.clear();
  }

 private:
  FileRecord write_file(const std::string& name, const FileContent& content) const {
    OutputFile file(path_ / name, checkpoint_ / name);
    FileRecord record;
    const ByteSink sink = [&](std::span<const std::byte> bytes) {
      file.write(bytes);
      record.add(bytes);
    };
    if (const auto* text = std::get_if<std::string>(&content)) {
      sink(as_bytes(*text));
    } else {
      std::get<ByteWriter>(content)(sink);
    }
    file.sync();
    return record;
  }

  fs::path path_;        // empty once it is the checkpoint
  fs::path checkpoint_;  // what it becomes
};

// What killed processes left behind.
void remove_unfinished(const fs::path& folder) {
  for (const fs::path& entry : entries_of(folder)) {
    std::error_code ignored;
    if (entry.filename().string().starts_with(kUnfinishedPrefix)) fs::remove_all(entry, ignored);
  }
}

// The name goes first, at once: half a checkpoint must not look like one. A failure only costs
// space, and is no reason to end a training.
void remove_checkpoint(const fs::path& folder, const SavedStep& saved) {
  const fs::path aside = folder / fmt::format("{}{}", kUnfinishedPrefix, saved.name());
  std::error_code error;
  fs::rename(folder / saved.name(), aside, error);
  if (!error) fs::remove_all(aside, error);
}

void prune(const fs::path& folder, const SavedStep& newest, int64_t keep) {
  int64_t kept = 1;
  for (const SavedStep& saved : saved_steps(folder)) {
    if (saved == newest) continue;
    const bool ancestor = saved.step < newest.step;
    if (ancestor && kept < keep) {
      ++kept;
    } else {
      remove_checkpoint(folder, saved);
    }
  }
}

// The newest checkpoint that passes verify_files(…, only).
std::optional<fs::path> newest_whole(const fs::path& out, const std::vector<std::string>& only,
                                     const Warn& warn) {
  const fs::path folder = folder_of(out);
  std::string damage;
  for (const SavedStep& saved : saved_steps(folder)) {
    try {
      verify_files(folder / saved.name(), only);
      if (!damage.empty() && warn) warn(damage + "; using " + saved.name() + " instead");
      return folder / saved.name();
    } catch (const Error& error) {
      damage += (damage.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  require<FormatError>(damage.empty(), "no checkpoint in {} is whole: {}", folder.string(), damage);
  return std::nullopt;
}

}  // namespace

fs::path save_checkpoint(const fs::path& out, int64_t step, const CheckpointFiles& files,
                         Retention retention) {
  require<ValueError>(step >= 0 && retention.keep >= 1,
                      "save_checkpoint: step {} or keep {} is out of range", step, retention.keep);
  const fs::path folder = folder_of(out);
  std::error_code error;
  fs::create_directories(folder, error);
  throw_if(error, "create", folder);
  remove_unfinished(folder);

  SavedStep saved{.step = step};
  while (fs::exists(folder / saved.name())) ++saved.repeat;
  const fs::path checkpoint = folder / saved.name();
  UnfinishedCheckpoint unfinished(folder / (std::string(kUnfinishedPrefix) + saved.name()),
                                  checkpoint);
  unfinished.write(files);
  unfinished.finish();
  sync_directory(folder);
  sync_directory(out);  // where `folder` may be new

  prune(folder, saved, retention.keep);
  return checkpoint;
}

void verify_checkpoint(const fs::path& checkpoint) { verify_files(checkpoint); }

std::optional<fs::path> latest_checkpoint(const fs::path& out, const Warn& warn) {
  return newest_whole(out, {}, warn);
}

std::vector<SavedModel> saved_models(const fs::path& out, const Warn& warn) {
  require_directory(out);
  const fs::path folder = folder_of(out);
  std::vector<SavedModel> models;
  for (const SavedStep& saved : saved_steps(folder)) {
    if (!models.empty() && models.back().step == saved.step) continue;
    try {
      verify_files(folder / saved.name(), kModelFiles);
      models.push_back({saved.step, folder / saved.name()});
    } catch (const Error& error) {
      if (warn) warn(fmt::format("{}; leaving {} out", error.what(), saved.name()));
    }
  }
  require<FormatError>(!models.empty(), "there is no whole checkpoint in {}", out.string());
  std::ranges::reverse(models);
  return models;
}

fs::path find_model(const fs::path& directory, const Warn& warn) {
  require_directory(directory);
  if (fs::exists(directory / "config.json")) {
    if (fs::exists(directory / kManifestFile)) verify_files(directory, kModelFiles);
    return directory;
  }
  const auto checkpoint = newest_whole(directory, kModelFiles, warn);
  require<FormatError>(checkpoint.has_value(),
                       "there is no model in {}: neither config.json nor a checkpoint",
                       directory.string());
  return *checkpoint;
}

}  // namespace gradus::training
