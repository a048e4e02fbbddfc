// tokenizer_config.json as Hugging Face's BertTokenizer has it, and the directory of a tokenizer:
// vocab.txt beside tokenizer_config.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "models/text/wordpiece.hpp"

namespace gradus::text {

struct TokenizerConfig {
  CleanOptions clean = {};         // do_lower_case, strip_accents, tokenize_chinese_chars
  int64_t model_max_length = 512;  // tokens that the model has positions for
};

std::string to_json(const TokenizerConfig& config);

// Keys that are absent take the defaults of BertTokenizer. FormatError, naming `name`, for what is
// not JSON, for a value of the wrong type, and for special tokens other than BERT's.
TokenizerConfig parse_tokenizer_config(const std::string& json, const std::string& name);

// Reads vocab.txt and, if there is one, tokenizer_config.json.
WordPiece load_tokenizer(const std::filesystem::path& directory);

// Writes both; the directory must exist.
void save_tokenizer(const WordPiece& wordpiece, int64_t model_max_length,
                    const std::filesystem::path& directory);

}  // namespace gradus::text
