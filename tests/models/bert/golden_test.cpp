// The same model in Hugging Face's transformers, computed there in float64 and stored as float32 by
// tests/golden/bert.py: names, logits, losses, gradients, and three steps of AdamW.
#include "core/io/safetensors.hpp"
#include "models/bert/pretrained.hpp"
#include "tests/catch.hpp"
#include "tests/models/bert/batch.hpp"

using namespace gradus;

namespace {

const std::filesystem::path kFolder = GRADUS_SOURCE_DIR "/tests/golden/bert-hf";

test::Batch batch_of(const TensorMap& golden) {
  const Tensor labels = golden.at("labels").flatten();
  std::vector<int64_t> positions;
  for (int64_t i = 0; i < labels.numel(); ++i) {
    if (labels.data<int64_t>()[i] != kIgnoreIndex) positions.push_back(i);
  }
  return {.input = {.ids = golden.at("input_ids"),
                    .types = golden.at("token_type_ids"),
                    .key_bias = nn::key_bias_from_mask(golden.at("attention_mask"))},
          .positions = test::integers(positions),
          .labels = labels.index_select(0, test::integers(positions)),
          .nsp_labels = golden.at("next_sentence_label")};
}

// Every parameter in our order, from the golden tensors whose names begin with `prefix`; as many as
// there are, so that none is left out on either side.
Tensors with_prefix(const TensorMap& golden, const std::string& prefix, const nn::Module& model) {
  Tensors found;
  for (const auto& [name, parameter] : model.named_parameters()) {
    REQUIRE(golden.contains(prefix + name));
    found.push_back(golden.at(prefix + name));
  }
  const auto count = std::count_if(golden.begin(), golden.end(), [&](const auto& entry) {
    return entry.first.starts_with(prefix);
  });
  REQUIRE(static_cast<size_t>(count) == found.size());
  return found;
}

}  // namespace

TEST_CASE("logits, attention and losses are those of Hugging Face's BERT") {
  const auto model = bert::load_model(kFolder);
  const TensorMap golden = load_safetensors(kFolder / "expected.safetensors");
  const test::Batch batch = batch_of(golden);
  const auto output = model->forward(batch.input, batch.positions);

  // logits of size 10, out of some ten sums of 24 to 40 float32 products: 1e-6 of their size
  const Tensor mlm = golden.at("prediction_logits").flatten(0, 1);
  CHECK(test::largest_difference(output.mlm_logits, mlm.index_select(0, batch.positions)) < 2e-5);
  CHECK(test::largest_difference(output.nsp_logits, golden.at("seq_relationship_logits")) < 1e-5);

  const Tensor embedded = model->bert.embeddings.forward(batch.input);
  const Tensor weights =
      model->bert.layers[0]->attention.weights(embedded, embedded, batch.input.key_bias);
  CHECK(test::largest_difference(weights, golden.at("attention.0")) < 1e-6);

  const Tensor mlm_loss = cross_entropy(output.mlm_logits, batch.labels);
  const Tensor nsp_loss = cross_entropy(output.nsp_logits, batch.nsp_labels);
  CHECK(test::largest_difference(mlm_loss, golden.at("mlm_loss")) < 5e-6);
  CHECK(test::largest_difference(nsp_loss, golden.at("nsp_loss")) < 5e-6);
  CHECK(test::largest_difference(mlm_loss + nsp_loss, golden.at("loss")) < 5e-6);
}

TEST_CASE("the gradients of all parameters are those of Hugging Face's BERT") {
  const auto model = bert::load_model(kFolder);
  const TensorMap golden = load_safetensors(kFolder / "expected.safetensors");
  const Tensors expected = with_prefix(golden, "grad.", *model);
  const test::Batch batch = batch_of(golden);
  const Tensors got = test::gradients_of(*model, batch);
  const nn::NamedTensors parameters = model->named_parameters();
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(parameters[i].first);
    // sums over tokens of float32 terms; of some size even where the sum itself vanishes (the bias
    // of keys: softmax does not see it)
    CHECK(test::largest_difference(got[i], expected[i]) < 1e-5 * (1 + test::largest(expected[i])));
  }
}

TEST_CASE("three steps of AdamW with clipping lead where PyTorch's lead") {
  const auto model = bert::load_model(kFolder);
  const TensorMap golden = load_safetensors(kFolder / "expected.safetensors");
  const test::Batch batch = batch_of(golden);
  nn::AdamW optimizer(model->named_parameters(), {.eps = 1e-4, .weight_decay = 0.1});
  for (int step = 0; step < 3; ++step) {
    model->zero_grad();
    test::loss_of(*model, batch).backward();
    const double norm = nn::global_norm(model->parameters());
    if (step == 0) {
      CHECK(norm == Approx(golden.at("gradient_norm").item<float>()).epsilon(1e-5));
    }
    optimizer.step(1e-2, nn::clip_scale(norm, 1));
  }
  const Tensors expected = with_prefix(golden, "after.", *model);
  const nn::NamedTensors parameters = model->named_parameters();
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(parameters[i].first);
    // a step is 0.01·m/(√v + 1e-4): rounding of a clipped gradient by 1e-7 where it vanishes moves a
    // parameter by up to 1e-5 a step; without its decay, a parameter of 0.3 would be off by 1e-3
    CHECK(test::largest_difference(parameters[i].second, expected[i]) < 2e-5);
  }
}
