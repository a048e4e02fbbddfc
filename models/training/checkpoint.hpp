// Checkpoints: the files of a model and of its training at one step, kept as one unit.
//   OUT/checkpoints/step-00000500/{config.json, model.safetensors, ..., manifest.json}
// A checkpoint appears under its name only once it is whole and on the disk, and older ones go after
// that: at any moment, whatever is killed or cut off, the newest one that has a name can be loaded.
// One at a time may write to OUT, of which Trainer takes care; any number may read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/io/file.hpp"

namespace gradus::training {

// By name: the content itself, or a function that writes it, such as to_safetensors(...).
using FileContent = std::variant<std::string, ByteWriter>;
using CheckpointFiles = std::map<std::string, FileContent>;

// Receives one line for a person.
using Warn = std::function<void(std::string_view)>;

struct Retention {
  int64_t keep = 2;  // how many checkpoints to keep, the new one included
};

// Saves the state after `step` updates, then removes what is not kept: older ones, and those of
// `step` or later, from which this run does not descend. Returns the new directory. Throws IoError,
// and whatever a writer throws; all checkpoints are untouched then.
std::filesystem::path save_checkpoint(const std::filesystem::path& out, int64_t step,
                                      const CheckpointFiles& files, Retention retention = {});

// Throws FormatError that names the damaged file and says how: missing, size or checksum.
void verify_checkpoint(const std::filesystem::path& checkpoint);

// The directory of the newest whole checkpoint; none if there never was one. Warns of each damaged
// one that it passes over. FormatError if all are damaged.
std::optional<std::filesystem::path> latest_checkpoint(const std::filesystem::path& out,
                                                       const Warn& warn = {});

struct SavedModel {
  int64_t step;  // updates that it has seen
  std::filesystem::path directory;
};

// The checkpoints whose model files are whole, in the order of training; of a step that was saved
// twice the later one. Warns of each damaged one that it leaves out. FormatError if none is left.
std::vector<SavedModel> saved_models(const std::filesystem::path& out, const Warn& warn = {});

// Where to load a model from: `directory` if config.json lies in it, otherwise its newest
// checkpoint whose model files (config, weights, vocabulary) are whole. FormatError if there is
// neither, or if a manifest says that the files are damaged.
std::filesystem::path find_model(const std::filesystem::path& directory, const Warn& warn = {});

}  // namespace gradus::training
