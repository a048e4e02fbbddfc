#include "models/bert/config.hpp"

#include "core/error.hpp"
#include "models/bert/bert.hpp"
#include "tests/catch.hpp"

using namespace gradus;

TEST_CASE("a config survives its JSON") {
  bert::Config config = bert::preset("mini");
  config.hidden_act = kernels::GeluForm::tanh;
  config.vocab_size = 1234;
  CHECK(bert::Config::from_json(config.to_json(), "config.json") == config);
}

TEST_CASE("a config whose values do not fit is refused") {
  bert::Config config = bert::preset("tiny");
  config.num_attention_heads = 3;
  CHECK_THROWS_WITH(config.validate(),
                    "hidden_size 128 is not a multiple of num_attention_heads 3");
  CHECK_THROWS_AS(bert::Config::from_json("[]", "config.json"), FormatError);
  CHECK_THROWS_AS(bert::preset("giant"), ValueError);
}

TEST_CASE("a config that asks for what this BERT does not do is refused, not misread") {
  const auto read = [](const std::string& key, const std::string& value) {
    bert::Config::from_json(
        "{\"vocab_size\": 60, \"hidden_size\": 256, \"" + key + "\": " + value + "}", "c.json");
  };
  CHECK_NOTHROW(read("some_other_key", "[1]"));
  CHECK_THROWS_WITH(read("model_type", "\"gpt2\""),
                    "c.json: model_type is \"gpt2\", expected \"bert\"");
  CHECK_THROWS_WITH(read("hidden_act", "\"relu\""),
                    "c.json: hidden_act \"relu\" is not known; use \"gelu\" or \"gelu_new\"");
  CHECK_THROWS_WITH(
      read("position_embedding_type", "\"relative_key\""),
      "c.json: position_embedding_type \"relative_key\" is not known; only \"absolute\" is");
  CHECK_THROWS_WITH(read("hidden_size", "\"256\""),
                    "c.json: \"hidden_size\" must be a number, not \"256\"");
  CHECK_THROWS_WITH(read("num_hidden_layers", "18446744073709551615"),
                    "c.json: num_hidden_layers must be in [1, 16777216], got -1");
}

TEST_CASE("the parameters are as many as the config says") {
  bert::Config config = bert::preset("tiny");
  config.vocab_size = 50;
  CHECK(bert::BertForPreTraining(config).parameter_count() == config.parameter_count());
}
