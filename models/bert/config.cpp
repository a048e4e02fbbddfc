#include "models/bert/config.hpp"

#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/io/json.hpp"

namespace gradus::bert {
namespace {

struct Preset {
  std::string_view name;
  int64_t layers, hidden;
};
constexpr Preset kPresets[] = {
    {"tiny", 2, 128}, {"mini", 4, 256}, {"small", 4, 512}, {"medium", 8, 512}, {"base", 12, 768}};

// Sizes beyond these are no BERT, but would make a crafted config allocate without bound.
constexpr int64_t kMaxSize = 1 << 24;
constexpr int64_t kMaxLayers = 1024;

template <class T>
void read(const Json& json, const char* key, T& value, std::string_view file) {
  const auto found = json.find(key);
  if (found == json.end()) return;  // the default is Hugging Face's
  const bool fits = std::is_integral_v<T> ? found->is_number_integer() : found->is_number();
  require<FormatError>(fits, "{}: \"{}\" must be a number, not {}", file, key, to_text(*found));
  value = found->get<T>();
}

}  // namespace

void Config::validate() const {
  const std::pair<const char*, int64_t> sizes[] = {
      {"vocab_size", vocab_size},
      {"hidden_size", hidden_size},
      {"num_hidden_layers", num_hidden_layers},
      {"num_attention_heads", num_attention_heads},
      {"intermediate_size", intermediate_size},
      {"max_position_embeddings", max_position_embeddings},
      {"type_vocab_size", type_vocab_size}};
  for (const auto& [name, size] : sizes) {
    require<ValueError>(size > 0 && size <= kMaxSize, "{} must be in [1, {}], got {}", name,
                        kMaxSize, size);
  }
  require<ValueError>(num_hidden_layers <= kMaxLayers,
                      "num_hidden_layers must be at most {}, got {}", kMaxLayers,
                      num_hidden_layers);
  require<ValueError>(hidden_size % num_attention_heads == 0,
                      "hidden_size {} is not a multiple of num_attention_heads {}", hidden_size,
                      num_attention_heads);
  for (const double p : {hidden_dropout_prob, attention_probs_dropout_prob}) {
    require<ValueError>(p >= 0 && p < 1, "a dropout probability must be in [0, 1), got {}", p);
  }
  require<ValueError>(layer_norm_eps > 0 && layer_norm_eps < 1,
                      "layer_norm_eps must be in (0, 1), got {}", layer_norm_eps);
  require<ValueError>(initializer_range > 0 && initializer_range < 100,
                      "initializer_range must be in (0, 100), got {}", initializer_range);
}

int64_t Config::parameter_count() const {
  const int64_t h = hidden_size, inner = intermediate_size;
  const int64_t norm = 2 * h, square = h * h + h;
  const int64_t embeddings = (vocab_size + max_position_embeddings + type_vocab_size) * h + norm;
  const int64_t layer = 4 * square + norm + (h * inner + inner) + (inner * h + h) + norm;
  const int64_t heads = square /* pooler */ + square + norm + vocab_size + (2 * h + 2);
  return embeddings + num_hidden_layers * layer + heads;
}

std::string Config::to_json() const {
  const Json json = {
      {"architectures", {"BertForPreTraining"}},
      {"model_type", "bert"},
      {"vocab_size", vocab_size},
      {"hidden_size", hidden_size},
      {"num_hidden_layers", num_hidden_layers},
      {"num_attention_heads", num_attention_heads},
      {"intermediate_size", intermediate_size},
      {"hidden_act", hidden_act == kernels::GeluForm::erf ? "gelu" : "gelu_new"},
      {"hidden_dropout_prob", hidden_dropout_prob},
      {"attention_probs_dropout_prob", attention_probs_dropout_prob},
      {"max_position_embeddings", max_position_embeddings},
      {"type_vocab_size", type_vocab_size},
      {"initializer_range", initializer_range},
      {"layer_norm_eps", layer_norm_eps},
      {"pad_token_id", pad_token_id},
      {"position_embedding_type", "absolute"},
      {"tie_word_embeddings", true},
      {"torch_dtype", "float32"},
  };
  return to_text(json, 2) + "\n";
}

Config Config::from_json(std::string_view text, std::string_view file) {
  const Json json = parse_json_or_null(text);
  require<FormatError>(json.is_object(), "{}: not a JSON object", file);
  require<FormatError>(json.value("model_type", Json("bert")) == "bert",
                       "{}: model_type is {}, expected \"bert\"", file,
                       to_text(json.value("model_type", Json("bert"))));
  require<FormatError>(json.contains("vocab_size") && json.contains("hidden_size"),
                       "{}: no \"vocab_size\" or \"hidden_size\"; is it the config of a model?",
                       file);
  Config config;
  read(json, "vocab_size", config.vocab_size, file);
  read(json, "hidden_size", config.hidden_size, file);
  read(json, "num_hidden_layers", config.num_hidden_layers, file);
  read(json, "num_attention_heads", config.num_attention_heads, file);
  read(json, "intermediate_size", config.intermediate_size, file);
  read(json, "max_position_embeddings", config.max_position_embeddings, file);
  read(json, "type_vocab_size", config.type_vocab_size, file);
  read(json, "hidden_dropout_prob", config.hidden_dropout_prob, file);
  read(json, "attention_probs_dropout_prob", config.attention_probs_dropout_prob, file);
  read(json, "initializer_range", config.initializer_range, file);
  read(json, "layer_norm_eps", config.layer_norm_eps, file);
  read(json, "pad_token_id", config.pad_token_id, file);
  const Json act = json.value("hidden_act", Json("gelu"));
  require<FormatError>(act == "gelu" || act == "gelu_new",
                       "{}: hidden_act {} is not known; use \"gelu\" or \"gelu_new\"", file,
                       to_text(act));
  const Json positions = json.value("position_embedding_type", Json("absolute"));
  require<FormatError>(positions == "absolute",
                       "{}: position_embedding_type {} is not known; only \"absolute\" is", file,
                       to_text(positions));
  config.hidden_act = act == "gelu" ? kernels::GeluForm::erf : kernels::GeluForm::tanh;
  try {
    config.validate();
  } catch (const ValueError& error) {
    throw FormatError(fmt::format("{}: {}", file, error.what()));
  }
  return config;
}

Config preset(std::string_view name) {
  for (const Preset& p : kPresets) {
    if (p.name != name) continue;
    return {.hidden_size = p.hidden,
            .num_hidden_layers = p.layers,
            .num_attention_heads = p.hidden / 64,
            .intermediate_size = 4 * p.hidden};
  }
  throw ValueError(fmt::format("no model size is called '{}'; there are {}", name,
                               fmt::join(preset_names(), ", ")));
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& p : kPresets) names.emplace_back(p.name);
  return names;
}

}  // namespace gradus::bert
