#include "models/text/tokenizer_config.hpp"

#include "core/error.hpp"
#include "core/io/json.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

TEST_CASE("tokenizer_config.json has the keys of Hugging Face's BertTokenizer", "[text]") {
  const auto json = parse_json(to_json({.model_max_length = 128}));
  CHECK(json["tokenizer_class"] == "BertTokenizer");
  CHECK(json["do_lower_case"] == true);
  CHECK(json["strip_accents"].is_null());
  CHECK(json["tokenize_chinese_chars"] == true);
  CHECK(json["model_max_length"] == 128);
  CHECK(json["unk_token"] == "[UNK]");
  CHECK(json["mask_token"] == "[MASK]");
}

TEST_CASE("tokenizer_config.json: what was written is read", "[text]") {
  const TokenizerConfig written{
      .clean = {.lower_case = false, .strip_accents = true, .space_cjk = false},
      .model_max_length = 77};
  const TokenizerConfig read = parse_tokenizer_config(to_json(written), "x");
  CHECK_FALSE(read.clean.lower_case);
  CHECK(read.clean.strip_accents == true);
  CHECK_FALSE(read.clean.space_cjk);
  CHECK(read.model_max_length == 77);
}

TEST_CASE("tokenizer_config.json: absent keys and old forms", "[text]") {
  const TokenizerConfig config = parse_tokenizer_config(
      R"({"model_max_length": 1e30, "mask_token": {"content": "[MASK]", "lstrip": true}})", "x");
  CHECK(config.clean.lower_case);
  CHECK_FALSE(config.clean.strip_accents.has_value());
  CHECK(config.model_max_length == 512);
}

TEST_CASE("tokenizer_config.json: errors name the file", "[text]") {
  const auto error = [](const std::string& json) {
    return message_of<FormatError>([&] { parse_tokenizer_config(json, "dir/config"); });
  };
  for (const std::string json :
       {"{", "[]", "3", R"({"do_lower_case": "yes"})", R"({"mask_token": 3})",
        R"({"mask_token": {}})", R"({"model_max_length": {}})", R"({"strip_accents": 1})"}) {
    INFO(json);
    CHECK(has(error(json), "dir/config"));
  }
  CHECK(has(error(R"({"mask_token": "<mask>"})"), "mask_token is '<mask>'"));
}

TEST_CASE("a tokenizer's directory: saved, loaded, and loaded without its configuration",
          "[text]") {
  const TemporaryDirectory directory;
  const WordPiece saved(make_vocabulary({"A", "a"}), {.lower_case = false});
  save_tokenizer(saved, 64, directory.path());
  CHECK(load_tokenizer(directory.path()).ids("A a") == std::vector<int32_t>{5, 6});
  std::filesystem::remove(directory.path() / "tokenizer_config.json");
  CHECK(load_tokenizer(directory.path()).ids("A a") == std::vector<int32_t>{6, 6});
  CHECK_THROWS_AS(load_tokenizer(directory.path() / "none"), IoError);
}
