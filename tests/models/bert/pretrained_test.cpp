#include "models/bert/pretrained.hpp"

#include <fstream>

#include "core/io/atomic_file.hpp"
#include "core/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/models/bert/batch.hpp"

using namespace gradus;
namespace fs = std::filesystem;

namespace {

// A directory of its own for each test case, gone at its end, with a model to damage.
class ModelDirectory {
 public:
  ModelDirectory() : path(fs::temp_directory_path() / fmt::format("gradus-model-{}", getpid())) {
    fs::remove_all(path);
    manual_seed(1);
    original = bert::new_model(test::small_config());
    bert::save_model(path, *original);
    tensors = load_safetensors(file());
  }
  ~ModelDirectory() { fs::remove_all(path); }

  fs::path file() const { return path / "model.safetensors"; }
  void write() const { save_safetensors(file(), tensors); }
  std::unique_ptr<bert::BertForPreTraining> load() const { return bert::load_model(path); }

  // What load() says, without the path of the file with which it must begin.
  std::string error() const {
    try {
      load();
    } catch (const FormatError& e) {
      const std::string message = e.what(), prefix = file().string() + ": ";
      CHECK(message.starts_with(prefix));
      return message.substr(std::min(prefix.size(), message.size()));
    }
    return "no error";
  }

  const fs::path path;
  std::unique_ptr<bert::BertForPreTraining> original;
  TensorMap tensors;
};

void check_same(const bert::BertForPreTraining& a, const bert::BertForPreTraining& b) {
  CHECK(a.config == b.config);
  const nn::StateDict x = a.state_dict(), y = b.state_dict();
  REQUIRE(x.size() == y.size());
  for (const auto& [name, value] : x) {
    INFO(name);
    CHECK(test::bit_equal(value, y.at(name)));
  }
}

constexpr const char* kWords = "bert.embeddings.word_embeddings.weight";

}  // namespace

TEST_CASE("a model comes back from its directory as it was") {
  const ModelDirectory directory;
  check_same(*directory.load(), *directory.original);
  CHECK(directory.load()->nsp.weight.requires_grad());
}

TEST_CASE("loading draws no random numbers") {
  const ModelDirectory directory;
  const uint64_t before = default_generator().position();
  directory.load();
  CHECK(default_generator().position() == before);
}

TEST_CASE("what other programs add to the file is understood") {
  ModelDirectory directory;
  TensorMap& tensors = directory.tensors;
  SECTION("the decoder under its own names") {
    tensors["cls.predictions.decoder.weight"] = tensors.at(kWords);
    tensors["cls.predictions.decoder.bias"] = tensors.at("cls.predictions.bias");
  }
  SECTION("the decoder's matrix under its own name alone") {
    tensors["cls.predictions.decoder.weight"] = tensors.at(kWords);
    tensors.erase(kWords);
  }
  SECTION("the positions' numbers") {
    tensors["bert.embeddings.position_ids"] = arange(24).unsqueeze(0);
  }
  SECTION("the older names of LayerNorm") {
    for (const char* end : {"weight", "bias"}) {
      auto entry = tensors.extract(fmt::format("bert.embeddings.LayerNorm.{}", end));
      entry.key() = std::string("bert.embeddings.LayerNorm.") + (end[0] == 'w' ? "gamma" : "beta");
      tensors.insert(std::move(entry));
    }
  }
  directory.write();
  check_same(*directory.load(), *directory.original);
}

TEST_CASE("a file that does not fit the config is refused with file and parameter") {
  ModelDirectory directory;
  TensorMap& tensors = directory.tensors;
  const auto error = [&] {
    directory.write();
    return directory.error();
  };
  SECTION("missing") {
    tensors.erase("bert.pooler.dense.bias");
    CHECK(error() == "parameter bert.pooler.dense.bias is missing");
  }
  SECTION("unknown") {
    tensors["bert.encoder.layer.2.output.dense.bias"] = zeros({32});
    CHECK(error() == "parameter bert.encoder.layer.2.output.dense.bias is not known here");
  }
  SECTION("of another shape") {
    tensors["cls.predictions.bias"] = zeros({61});
    CHECK(
        error() ==
        "parameter cls.predictions.bias is Tensor(float32, [61]), expected Tensor(float32, [60])");
  }
  SECTION("of another dtype") {
    tensors["cls.predictions.bias"] = zeros({60}, DType::float64);
    CHECK(
        error() ==
        "parameter cls.predictions.bias is Tensor(float64, [60]), expected Tensor(float32, [60])");
  }
  SECTION("a decoder of its own") {
    tensors["cls.predictions.decoder.weight"] = zeros({60, 32});
    CHECK(error() ==
          "parameter cls.predictions.decoder.weight is not bert.embeddings.word_embeddings.weight; "
          "only models that share them can be read");
  }
  SECTION("a LayerNorm under both names") {
    tensors["bert.embeddings.LayerNorm.gamma"] = zeros({32});
    CHECK(error() == "parameter bert.embeddings.LayerNorm.weight is there under two names");
  }
}

TEST_CASE("a config far larger than the file is refused before anything is allocated") {
  const ModelDirectory directory;
  bert::Config config = test::small_config();
  config.vocab_size = 1 << 24;
  config.hidden_size = 1 << 20;  // 64 TB of word embeddings
  write_file_atomically(directory.path / "config.json", config.to_json());
  CHECK_THROWS_WITH(
      directory.load(),
      fmt::format("{} holds {} numbers, but a model of the sizes in config.json has {}",
                  directory.file().string(), test::small_config().parameter_count(),
                  config.parameter_count()));
}

TEST_CASE("a directory that is not a model is refused") {
  const ModelDirectory directory;
  CHECK_THROWS_AS(bert::load_model(directory.path / "elsewhere"), IoError);
  SECTION("without parameters") {
    fs::remove(directory.file());
    CHECK_THROWS_AS(directory.load(), IoError);
  }
  SECTION("with a damaged file of parameters") {
    fs::resize_file(directory.file(), fs::file_size(directory.file()) - 1);
    CHECK_THROWS_AS(directory.load(), FormatError);
  }
  SECTION("with a config of another model") {
    write_file_atomically(directory.path / "config.json", R"({"model_type": "gpt2"})");
    CHECK_THROWS_AS(directory.load(), FormatError);
  }
}
