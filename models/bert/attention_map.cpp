#include "models/bert/attention_map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/core.hpp"
#include "core/io/json.hpp"

namespace gradus::bert {
namespace {

// [CLS] a [SEP], or [CLS] a [SEP] b [SEP], which the model must be able to read whole.
text::Encoding encode_whole(const text::WordPiece& tokenizer, std::string_view first,
                            std::optional<std::string_view> second, int64_t positions) {
  constexpr auto special = text::SpecialTokens::recognised;
  require<ValueError>(!tokenizer.tokenize(first, special).empty(), "the text is empty");
  require<ValueError>(!second || !tokenizer.tokenize(*second, special).empty(),
                      "the second text is empty");
  const text::Encoding encoding =
      tokenizer.encode(first, second, std::numeric_limits<size_t>::max(), special);
  require<ValueError>(std::ssize(encoding.ids) <= positions,
                      "the text has {} tokens with [CLS] and [SEP], the model reads at most {}",
                      encoding.ids.size(), positions);
  return encoding;
}

Tensor row_of(const std::vector<int32_t>& values) {  // → [1, seq]
  const std::vector<int64_t> wide(values.begin(), values.end());
  return tensor(wide, {1, std::ssize(wide)});
}

// Rounded for a reader: a float32 has 7 digits.
Json rounded(const Tensor& weights) {
  Json rows = Json::array();
  if (weights.dim() > 1) {
    for (int64_t i = 0; i < weights.size(0); ++i) rows.push_back(rounded(weights.select(0, i)));
    return rows;
  }
  for (const float w : weights.to_vector<float>()) rows.push_back(std::round(w * 1e7) / 1e7);
  return rows;
}

Json to_json(const AttentionMap::Mask& mask) {
  Json predictions = Json::array();
  for (const Prediction& p : mask.predictions) {
    predictions.push_back({{"token", p.token}, {"probability", p.probability}});
  }
  return {{"position", mask.position}, {"predictions", predictions}};
}

}  // namespace

// #region mean-entropy
double mean_entropy(const Tensor& weights) {
  double sum = 0;
  for (const float p : weights.to_vector<float>()) {
    if (p > 0) sum -= static_cast<double>(p) * std::log(static_cast<double>(p));
  }
  return sum / static_cast<double>(weights.size(0));
}
// #endregion mean-entropy

AttentionMap attention_map(BertForPreTraining& model, const text::WordPiece& tokenizer,
                           std::string_view first, std::optional<std::string_view> second,
                           int64_t top) {
  const text::Vocabulary& vocabulary = tokenizer.vocabulary();
  const text::Encoding encoding =
      encode_whole(tokenizer, first, second, model.config.max_position_embeddings);

  AttentionMap map{
      .tokens = {}, .segments = encoding.type_ids, .layers = {}, .entropy = {}, .masks = {}};
  std::vector<int64_t> positions;  // of the masks
  for (const int32_t id : encoding.ids) {
    if (id == vocabulary.mask()) positions.push_back(std::ssize(map.tokens));
    map.tokens.push_back(vocabulary.token(id));
  }

  const NoGrad no_grad;
  model.eval();
  const auto trace = model.bert.trace(
      {.ids = row_of(encoding.ids), .types = row_of(encoding.type_ids), .key_bias = {}});

  // How each head looks, and how widely.
  for (const Tensor& attention : trace.attention) {
    map.layers.push_back(attention.select(0, 0));  // [heads, seq_q, seq_k]
    std::vector<double>& entropy = map.entropy.emplace_back();
    for (int64_t head = 0; head < attention.size(1); ++head) {
      entropy.push_back(mean_entropy(map.layers.back().select(0, head)));
    }
  }
  if (positions.empty()) return map;

  // What the model would put at each [MASK].
  const Tensor masked =  // [masks, hidden]
      trace.hidden.select(0, 0).index_select(0, tensor(positions, {std::ssize(positions)}));
  const Tensor logits = model.mlm.forward(masked, model.bert.embeddings.word.weight);
  for (auto& predictions : top_predictions(logits, vocabulary, top)) {
    map.masks.push_back({positions[map.masks.size()], std::move(predictions)});
  }
  return map;
}

std::string to_json(const AttentionMap& map) {
  Json attention = Json::array(), masks = Json::array();
  for (const Tensor& layer : map.layers) attention.push_back(rounded(layer));
  for (const AttentionMap::Mask& mask : map.masks) masks.push_back(to_json(mask));
  const Json json = {{"tokens", map.tokens},
                     {"segments", map.segments},
                     {"attention", std::move(attention)},
                     {"entropy", map.entropy},
                     {"masks", std::move(masks)}};
  return to_text(json);
}

}  // namespace gradus::bert
