// The numbers behind the page of attention: what they are, and that they are those of the model.
#include "models/bert/attention_map.hpp"

#include <cmath>

#include "core/io/json.hpp"
#include "models/bert/fill_mask.hpp"
#include "tests/catch.hpp"
#include "tests/models/bert/small_reader.hpp"

using namespace gradus;
TEST_CASE("attention map: tokens are those of the tokenizer, for one text and for a pair") {
  const test::SmallReader reader;
  const bert::AttentionMap one = reader.attention("the cat [MASK]");
  CHECK(one.tokens == std::vector<std::string>{"[CLS]", "the", "cat", "[MASK]", "[SEP]"});
  CHECK(one.segments == std::vector<int32_t>(5, 0));

  const bert::AttentionMap pair = reader.attention("the cat", "a dog");
  const text::Encoding expected = reader.tokenizer.encode("the cat", "a dog");
  CHECK(pair.segments == expected.type_ids);
  REQUIRE(pair.tokens.size() == expected.ids.size());
  for (size_t i = 0; i < pair.tokens.size(); ++i) {
    CHECK(pair.tokens[i] == reader.tokenizer.vocabulary().token(expected.ids[i]));
  }
}

TEST_CASE("attention map: the weights are those by which each layer attends") {
  const test::SmallReader reader;
  const auto& model = *reader.model;
  const bert::AttentionMap map = reader.attention("the cat sees a dog");
  const bert::Input input{.ids = tensor(std::vector<int64_t>{2, 5, 6, 7, 8, 9, 3}, {1, 7}),
                          .types = zeros({1, 7}, DType::int64),
                          .key_bias = {}};
  const NoGrad no_grad;
  Tensor x = model.bert.embeddings.forward(input);
  REQUIRE(map.layers.size() == model.bert.layers.size());
  for (size_t i = 0; i < map.layers.size(); ++i) {
    // The textbook form: softmax(Q·Kᵀ/√d), head by head.
    const auto& attention = model.bert.layers[i]->attention;
    const auto heads = [](const Tensor& y) { return y.view({7, 4, 8}).transpose(0, 1); };
    const Tensor q = heads(attention.query.forward(x)), k = heads(attention.key.forward(x));
    const Tensor expected = softmax(matmul(q, k.transpose(1, 2)) / std::sqrt(8.0), -1);
    CHECK(test::largest_difference(map.layers[i], expected) < 1e-6);
    x = model.bert.layers[i]->forward(x);
  }
  CHECK(test::largest_difference(model.bert.trace(input).hidden, model.bert.forward(input)) == 0);
}

TEST_CASE("attention map: entropy is 0 for a head that looks at one token, ln n at all alike") {
  const auto one_hot = tensor({0, 1, 0, 0, 0, 1}).view({2, 3});
  CHECK(bert::mean_entropy(one_hot) == 0);
  CHECK(bert::mean_entropy(full({5, 7}, 1.0 / 7)) == Approx(std::log(7)));
  const auto both = tensor({1, 0, 0.5, 0.5}).view({2, 2});
  CHECK(bert::mean_entropy(both) == Approx(std::log(2) / 2));  // the mean over the queries
}

TEST_CASE("attention map: the JSON has every weight, in rows that sum to 1") {
  const test::SmallReader reader;
  const bert::AttentionMap map = reader.attention("the cat sees [MASK]", "[MASK] dog");
  const Json json = parse_json(to_json(map));
  const size_t n = map.tokens.size();
  CHECK(json["tokens"].get<std::vector<std::string>>() == map.tokens);
  CHECK(json["segments"].size() == n);
  REQUIRE(json["attention"].size() == 2);
  for (size_t layer = 0; layer < 2; ++layer) {
    REQUIRE(json["attention"][layer].size() == 4);
    for (size_t head = 0; head < 4; ++head) {
      const Json& rows = json["attention"][layer][head];
      double entropy = 0;
      REQUIRE(rows.size() == n);
      for (const Json& row : rows) {
        REQUIRE(row.size() == n);
        double sum = 0;
        for (const double p : row) {
          sum += p;
          entropy -= p > 0 ? p * std::log(p) / static_cast<double>(n) : 0;
        }
        CHECK(sum == Approx(1).margin(1e-5));
      }
      CHECK(json["entropy"][layer][head].get<double>() == Approx(entropy).margin(1e-4));
    }
  }
  REQUIRE(json["masks"].size() == 2);
  CHECK(json["masks"][0]["position"] == 4);
  CHECK(json["masks"][1]["position"] == 6);
}

TEST_CASE("attention map: predictions are those of fill_mask") {
  const test::SmallReader reader;
  const std::string text = "the [MASK] sees a [MASK]";
  const auto guesses = bert::fill_mask(*reader.model, reader.tokenizer, text, 3);
  const auto masks = reader.attention(text, {}, 3).masks;
  REQUIRE(masks.size() == 2);
  for (size_t m = 0; m < 2; ++m) {
    REQUIRE(masks[m].predictions.size() == 3);
    for (size_t i = 0; i < 3; ++i) {
      CHECK(masks[m].predictions[i].token == guesses[m][i].token);
      CHECK(masks[m].predictions[i].probability == Approx(guesses[m][i].probability));
    }
  }
}

TEST_CASE("attention map: a text that is empty or too long is refused") {
  const test::SmallReader reader;
  CHECK_THROWS_WITH(reader.attention(""), "the text is empty");
  CHECK_THROWS_WITH(reader.attention(" \n"), "the text is empty");
  CHECK_THROWS_WITH(reader.attention("the cat", ""), "the second text is empty");
  std::string text;
  for (int i = 0; i < 22; ++i) text += "the ";
  CHECK(reader.attention(text).tokens.size() == 24);  // all positions of the model
  CHECK_THROWS_WITH(reader.attention(text + "cat"),
                    "the text has 25 tokens with [CLS] and [SEP], the model reads at most 24");
}
