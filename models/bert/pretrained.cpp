#include "models/bert/pretrained.hpp"

#include <algorithm>
#include <string_view>

#include "core/io/atomic_file.hpp"
#include "core/io/safetensors.hpp"

namespace gradus::bert {
namespace {

constexpr const char* kConfigFile = "config.json";
constexpr const char* kWeightsFile = "model.safetensors";
constexpr size_t kMaxConfigBytes = 1 << 20;

// A config that belongs to another file must not decide how much is allocated. Up to this many
// numbers (64 MB) it may: then the error can name the parameter that is missing.
constexpr int64_t kAlwaysAllowed = 1 << 24;

// The names that the first BERT in TensorFlow gave to the parameters of a LayerNorm.
std::string current_name(const std::string& name) {
  const auto replace_end = [&](std::string_view old, std::string_view current) {
    return name.substr(0, name.size() - old.size()).append(current);
  };
  if (name.ends_with("LayerNorm.gamma")) return replace_end("gamma", "weight");
  if (name.ends_with("LayerNorm.beta")) return replace_end("beta", "bias");
  return name;
}

bool equal(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         dispatch(a.dtype(), [&]<class T>() { return a.to_vector<T>() == b.to_vector<T>(); });
}

// The tensors of a file under the names of our parameters, without what is there twice.
nn::StateDict parameters_of(const TensorMap& tensors) {
  nn::StateDict state;
  for (const auto& [name, tensor] : tensors) {
    if (name == "bert.embeddings.position_ids") continue;  // 0, 1, 2, ...: not a parameter
    const bool is_new = state.emplace(current_name(name), tensor).second;
    require<FormatError>(is_new, "parameter {} is there under two names", current_name(name));
  }
  for (const auto& [duplicate, shared] :
       {std::pair("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
        std::pair("cls.predictions.decoder.bias", "cls.predictions.bias")}) {
    const auto found = state.find(duplicate);
    if (found == state.end()) continue;
    const Tensor& original = state.try_emplace(shared, found->second).first->second;
    require<FormatError>(equal(found->second, original),
                         "parameter {} is not {}; only models that share them can be read",
                         duplicate, shared);
    state.erase(found);
  }
  return state;
}

int64_t count_of(const TensorMap& tensors) {
  int64_t count = 0;
  for (const auto& [name, tensor] : tensors) count += tensor.numel();
  return count;
}

}  // namespace

std::unique_ptr<BertForPreTraining> load_model(const std::filesystem::path& directory) {
  const std::filesystem::path config_file = directory / kConfigFile,
                              file = directory / kWeightsFile;
  const Config config =
      Config::from_json(read_file(config_file, kMaxConfigBytes), config_file.string());
  const TensorMap tensors = load_safetensors(file);
  const int64_t expected = config.parameter_count(), found = count_of(tensors);
  require<FormatError>(expected <= std::max(2 * found, kAlwaysAllowed),
                       "{} holds {} numbers, but a model of the sizes in {} has {}", file.string(),
                       found, kConfigFile, expected);
  try {
    const nn::StateDict parameters = parameters_of(tensors);
    const nn::SkipInit skip;
    auto model = std::make_unique<BertForPreTraining>(config);
    model->load_state_dict(parameters);
    return model;
  } catch (const FormatError& error) {
    throw FormatError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

std::map<std::string, ByteWriter> model_files(const BertForPreTraining& model) {
  const std::string config = model.config.to_json();
  return {{kConfigFile, [config](const ByteSink& sink) { sink(as_bytes(config)); }},
          {kWeightsFile, to_safetensors(model.state_dict())}};
}

void save_model(const std::filesystem::path& directory, const BertForPreTraining& model) {
  std::error_code ignored;  // if it cannot be made, the first file's error says so
  std::filesystem::create_directories(directory, ignored);
  for (const auto& [name, write] : model_files(model)) {
    AtomicFile file(directory / name);
    write([&](std::span<const std::byte> bytes) { file.write(bytes); });
    file.commit();
  }
}

}  // namespace gradus::bert
