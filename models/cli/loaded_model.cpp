#include "models/cli/loaded_model.hpp"

#include "core/error.hpp"
#include "models/bert/pretrained.hpp"
#include "models/cli/command.hpp"
#include "models/text/tokenizer_config.hpp"
#include "models/training/checkpoint.hpp"

namespace gradus::cli {

LoadedModel load_with_tokenizer(const std::filesystem::path& given) {
  const std::filesystem::path directory = training::find_model(given, warn);
  LoadedModel loaded{.directory = directory,
                     .model = bert::load_model(directory),
                     .tokenizer = text::load_tokenizer(directory)};
  const int64_t tokens = loaded.tokenizer.vocabulary().size();
  const int64_t rows = loaded.model->config.vocab_size;
  require<FormatError>(tokens == rows, "{} has {} tokens, but the model beside it {}",
                       (directory / "vocab.txt").string(), tokens, rows);
  return loaded;
}

}  // namespace gradus::cli
