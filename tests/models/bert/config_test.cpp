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

TEST_CASE("the parameters are as many as the config says") {
  bert::Config config = bert::preset("tiny");
  config.vocab_size = 50;
  CHECK(bert::BertForPreTraining(config).parameter_count() == config.parameter_count());
}
