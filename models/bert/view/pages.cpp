#include "models/bert/view/pages.hpp"

#include <cmath>
#include <cstdint>

#include "core/core.hpp"
#include "core/io/json.hpp"

namespace gradus::bert {
namespace {

constexpr std::string_view kDataPlace = "{{data}}";

std::string base64(std::span<const uint8_t> bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;  // 24 of them, the missing bytes 0
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? bytes[i + k] : 0U);
    for (size_t k = 0; k < 4; ++k) {
      text += k <= count ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

// b = round(255·√w): a byte keeps more of a small weight so than by 255·w, where 1/512 would be 0.
std::string quantised(const Tensor& weights) {
  std::vector<uint8_t> bytes;
  bytes.reserve(static_cast<size_t>(weights.numel()));
  for (const float w : weights.to_vector<float>()) {
    bytes.push_back(static_cast<uint8_t>(std::lround(255 * std::sqrt(std::min(w, 1.0F)))));
  }
  return base64(bytes);
}

Json to_page_json(const Snapshot& snapshot) {
  Json weights = Json::array(), masks = Json::array();
  for (const Tensor& layer : snapshot.map.layers) {
    Json heads = Json::array();
    for (int64_t head = 0; head < layer.size(0); ++head) {
      heads.push_back(quantised(layer.select(0, head)));
    }
    weights.push_back(std::move(heads));
  }
  for (const auto& [position, predictions] : snapshot.map.masks) {
    Json guesses = Json::array();
    for (const Prediction& p : predictions) {
      guesses.push_back({{"token", p.token}, {"probability", p.probability}});
    }
    masks.push_back({{"position", position}, {"predictions", std::move(guesses)}});
  }
  return {{"step", snapshot.step ? Json(*snapshot.step) : Json()},
          {"entropy", snapshot.map.entropy},
          {"masks", std::move(masks)},
          {"weights", std::move(weights)}};
}

}  // namespace

std::string with_data(std::string_view page, std::string_view json) {
  const size_t place = page.find(kDataPlace);
  require<ValueError>(place != page.npos, "with_data: the page has no place for data");
  std::string result(page.substr(0, place));
  result.reserve(page.size() + json.size());
  for (const char c : json) {
    if (c == '<') {
      result += "\\u003c";  // JSON has < in strings alone
    } else {
      result += c;
    }
  }
  return result.append(page.substr(place + kDataPlace.size()));
}

std::string attention_data(std::span<const Snapshot> snapshots, std::string_view title) {
  require<ValueError>(!snapshots.empty(), "attention_data: there is nothing to show");
  const AttentionMap& first = snapshots.front().map;
  const Shape shape = first.layers.front().shape();  // [heads, seq_q, seq_k]
  Json steps = Json::array();
  for (const Snapshot& snapshot : snapshots) {
    const AttentionMap& map = snapshot.map;
    require<ValueError>(map.tokens == first.tokens && map.layers.size() == first.layers.size() &&
                            map.layers.front().shape() == shape,
                        "attention_data: the models differ in vocabulary or size");
    steps.push_back(to_page_json(snapshot));
  }
  const Json json = {{"text", title},
                     {"tokens", first.tokens},
                     {"segments", first.segments},
                     {"layers", first.layers.size()},
                     {"heads", shape[0]},
                     {"snapshots", std::move(steps)}};
  return to_text(json);
}

std::string attention_page(std::span<const Snapshot> snapshots, std::string_view title) {
  return with_data(kAttentionPage, attention_data(snapshots, title));
}

}  // namespace gradus::bert
