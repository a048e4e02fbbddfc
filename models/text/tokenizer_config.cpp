#include "models/text/tokenizer_config.hpp"

#include "core/error.hpp"
#include "core/io/atomic_file.hpp"
#include "core/io/json.hpp"
#include "models/text/file.hpp"

namespace gradus::text {
namespace {

constexpr const char* kVocabularyFile = "vocab.txt";
constexpr const char* kConfigFile = "tokenizer_config.json";

// In the order of kSpecialTokens.
constexpr const char* kSpecialKeys[] = {"pad_token", "unk_token", "cls_token", "sep_token",
                                        "mask_token"};

// Older files write a special token as an object around it.
std::string special_token(const Json& value) {
  return value.is_object() ? value.at("content").get<std::string>() : value.get<std::string>();
}

}  // namespace

std::string to_json(const TokenizerConfig& config) {
  Json json;
  json["tokenizer_class"] = "BertTokenizer";
  json["do_lower_case"] = config.clean.lower_case;
  json["strip_accents"] = nullptr;
  if (config.clean.strip_accents) json["strip_accents"] = *config.clean.strip_accents;
  json["tokenize_chinese_chars"] = config.clean.space_cjk;
  json["model_max_length"] = config.model_max_length;
  for (size_t i = 0; i < std::size(kSpecialTokens); ++i) json[kSpecialKeys[i]] = kSpecialTokens[i];
  return to_text(json, 2) + "\n";
}

TokenizerConfig parse_tokenizer_config(const std::string& text, const std::string& name) {
  TokenizerConfig config;
  try {
    const auto json = parse_json(text);
    config.clean.lower_case = json.value("do_lower_case", config.clean.lower_case);
    config.clean.space_cjk = json.value("tokenize_chinese_chars", config.clean.space_cjk);
    if (json.contains("strip_accents") && !json.at("strip_accents").is_null())
      config.clean.strip_accents = json.at("strip_accents").get<bool>();
    // Hugging Face writes 1e30 where no limit is known.
    const double length =
        json.value("model_max_length", static_cast<double>(config.model_max_length));
    if (length >= 1 && length < 1e9) config.model_max_length = static_cast<int64_t>(length);
    for (size_t i = 0; i < std::size(kSpecialTokens); ++i) {
      if (!json.contains(kSpecialKeys[i])) continue;
      const std::string token = special_token(json.at(kSpecialKeys[i]));
      require<FormatError>(token == kSpecialTokens[i], "{}: {} is '{}', only {} is supported", name,
                           kSpecialKeys[i], token, kSpecialTokens[i]);
    }
  } catch (const Json::exception& error) {
    throw FormatError(fmt::format("{} is not a tokenizer configuration: {}", name, error.what()));
  }
  return config;
}

WordPiece load_tokenizer(const std::filesystem::path& directory) {
  TokenizerConfig config;
  const auto file = directory / kConfigFile;
  if (std::filesystem::exists(file))
    config = parse_tokenizer_config(read_text_file(file), file.string());
  return WordPiece(Vocabulary::load(directory / kVocabularyFile), config.clean);
}

void save_tokenizer(const WordPiece& wordpiece, int64_t model_max_length,
                    const std::filesystem::path& directory) {
  const std::string json =
      to_json({.clean = wordpiece.options(), .model_max_length = model_max_length});
  wordpiece.vocabulary().save(directory / kVocabularyFile);
  write_file_atomically(directory / kConfigFile, json);
}

}  // namespace gradus::text
