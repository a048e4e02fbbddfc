// What the benchmark of training writes lets another program take the same steps.
#include "models/training/train_benchmark.hpp"

#include "core/core.hpp"
#include "core/io/safetensors.hpp"
#include "models/bert/pretrained.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace gradus;
using namespace gradus::training;
using test::TemporaryDirectory;

namespace {

TrainBenchmark small(const std::filesystem::path& dump) {
  return {.layers = 1,
          .hidden = 32,
          .vocab = 50,
          .batch = 2,
          .seq = 8,
          .predictions = 2,
          .dropout = 0,
          .steps = 2,
          .dump = dump};
}

}  // namespace

TEST_CASE("train benchmark: its steps can be taken again from what it dumps") {
  const TemporaryDirectory dir;
  const TrainBenchmarkResult result = run_train_benchmark(small(dir.path()));
  REQUIRE(result.losses.size() == 4);
  CHECK(dir.names() == std::vector<std::string>{"batch-0.safetensors", "batch-1.safetensors",
                                                "batch-2.safetensors", "batch-3.safetensors",
                                                "config.json", "model.safetensors"});

  const auto model = bert::load_model(dir.path());
  nn::AdamW optimizer(model->named_parameters());
  for (size_t step = 0; step < result.losses.size(); ++step) {
    TensorMap batch = load_safetensors(dir / fmt::format("batch-{}.safetensors", step));
    model->zero_grad();
    const auto output =
        model->forward({.ids = batch.at("ids"), .types = batch.at("types"), .key_bias = {}},
                       batch.at("positions"));
    const Tensor loss = cross_entropy(output.mlm_logits, batch.at("labels")) +
                        cross_entropy(output.nsp_logits, batch.at("nsp_labels"));
    CHECK(static_cast<double>(loss.item<float>()) == result.losses[step]);
    loss.backward();
    optimizer.step(1e-4, nn::clip_scale(nn::global_norm(model->parameters()), 1.0));
  }
}

TEST_CASE("train benchmark: after the second step, tensors ask the system for no memory") {
  const int threads_before = num_threads();
  for (const auto& [threads, seq] : {std::pair(1, 8), {1, 33}, {2, 128}, {4, 128}}) {
    set_num_threads(threads);
    release_cached_memory();
    const size_t before = memory_stats().system_calls;
    TrainBenchmark options = small("");
    options.layers = 2;
    options.hidden = 64;
    options.seq = seq;
    options.dropout = 0.1;
    options.steps = 6;
    const TrainBenchmarkResult result = run_train_benchmark(options);
    CAPTURE(threads, seq);
    CHECK(memory_stats().system_calls > before);  // the first steps do
    CHECK(result.system_allocations == 0);
  }
  set_num_threads(threads_before);
}

TEST_CASE("train benchmark: a folder that cannot be written is an error") {
  CHECK_THROWS_AS(run_train_benchmark(small("/proc/no/such/folder")), IoError);
}
