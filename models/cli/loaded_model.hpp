// A model as the commands use it: with what it reads text by.
#pragma once

#include <filesystem>
#include <memory>

#include "models/bert/bert.hpp"
#include "models/text/wordpiece.hpp"

namespace gradus::cli {

struct LoadedModel {
  std::filesystem::path directory;
  std::unique_ptr<bert::BertForPreTraining> model;
  text::WordPiece tokenizer;
};

// From a model directory, or the --out of a run. Throws IoError or FormatError that names the file.
LoadedModel load_with_tokenizer(const std::filesystem::path& given);

}  // namespace gradus::cli
