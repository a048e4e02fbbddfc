#include "models/training/train_benchmark.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/core.hpp"
#include "core/io/safetensors.hpp"
#include "core/median.hpp"
#include "models/bert/pretrained.hpp"

namespace gradus::training {
namespace {

struct SyntheticBatch {
  bert::Input input;
  Tensor positions, labels, nsp_labels;
};

// Random tokens; in each sequence the first `predictions` positions after [CLS] are predicted.
SyntheticBatch random_batch(const TrainBenchmark& options, RandomStream stream) {
  RandomReader random(stream);
  const auto draw = [&](int64_t count, int64_t bound) {
    std::vector<int64_t> values(static_cast<size_t>(count));
    for (int64_t& value : values)
      value = static_cast<int64_t>(random.below(static_cast<uint64_t>(bound)));
    return values;
  };
  const int64_t tokens = options.batch * options.seq,
                predicted = options.batch * options.predictions;
  std::vector<int64_t> positions, types;
  for (int64_t row = 0; row < options.batch; ++row) {
    for (int64_t i = 1; i <= options.predictions; ++i) positions.push_back(row * options.seq + i);
    for (int64_t i = 0; i < options.seq; ++i) types.push_back(i < options.seq / 2 ? 0 : 1);
  }
  return {.input = {.ids = tensor(draw(tokens, options.vocab), {options.batch, options.seq}),
                    .types = tensor(types, {options.batch, options.seq}),
                    .key_bias = {}},
          .positions = tensor(positions, {predicted}),
          .labels = tensor(draw(predicted, options.vocab), {predicted}),
          .nsp_labels = tensor(draw(options.batch, 2), {options.batch})};
}

void save(const std::filesystem::path& file, const SyntheticBatch& batch) {
  save_safetensors(file, {{"ids", batch.input.ids},
                          {"types", batch.input.types},
                          {"positions", batch.positions},
                          {"labels", batch.labels},
                          {"nsp_labels", batch.nsp_labels}});
}

// One step of AdamW, of gradients clipped to a norm of 1.
void update(nn::AdamW& optimizer, const nn::Module& model) {
  double norm = 0;
  {
    const Observed region("gradient norm");
    norm = nn::global_norm(model.parameters());
  }
  const Observed region("optimizer step");
  optimizer.step(1e-4, nn::clip_scale(norm, 1.0));
}

double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

}  // namespace

double step_flops(const bert::Config& config, int64_t batch, int64_t seq, int64_t predictions) {
  const auto h = static_cast<double>(config.hidden_size);
  const auto inner = static_cast<double>(config.intermediate_size);
  const auto layers = static_cast<double>(config.num_hidden_layers);
  const auto vocab = static_cast<double>(config.vocab_size);
  const double per_token =
      6 * layers * (4 * h * h + 2 * h * inner) + 12 * layers * static_cast<double>(seq) * h;
  const double per_prediction = 6 * (h * h + h * vocab);
  return static_cast<double>(batch * seq) * per_token +
         static_cast<double>(batch * predictions) * per_prediction;
}

TrainBenchmarkResult run_train_benchmark(const TrainBenchmark& options) {
  constexpr int64_t kMaxTokens = 1 << 20;  // a batch; beyond it, memory is all that is measured
  require<ValueError>(options.batch > 0 && options.seq > 0 && options.batch <= kMaxTokens &&
                          options.seq <= kMaxTokens / options.batch,
                      "bench train: {} sequences of {} tokens are not in [1, {}] tokens",
                      options.batch, options.seq, kMaxTokens);
  const bert::Config config{.vocab_size = options.vocab,
                            .hidden_size = options.hidden,
                            .num_hidden_layers = options.layers,
                            .num_attention_heads = std::max<int64_t>(1, options.hidden / 64),
                            .intermediate_size = 4 * options.hidden,
                            .max_position_embeddings = std::max<int64_t>(512, options.seq),
                            .hidden_dropout_prob = options.dropout,
                            .attention_probs_dropout_prob = options.dropout};
  require<ValueError>(
      options.predictions > 0 && options.predictions < options.seq && options.steps > 0,
      "bench train: predictions must be in [1, seq), and steps positive");
  const auto model = bert::new_model(config);
  nn::AdamW optimizer(model->named_parameters());
  Generator batches(1);
  if (!options.dump.empty()) bert::save_model(options.dump, *model);

  TrainBenchmarkResult result{};
  // The peak is measured after every step: on a machine with other users both change by the second.
  constexpr double kPeakSeconds = 0.05;
  std::vector<double> seconds, peaks;
  size_t allocations_before = 0;
  for (int64_t step = -2; step < options.steps; ++step) {
    const SyntheticBatch batch = random_batch(options, batches.next());
    if (!options.dump.empty()) {
      save(options.dump / fmt::format("batch-{}.safetensors", result.losses.size()), batch);
    }
    if (step == 0) allocations_before = memory_stats().system_calls;
    std::optional<Profiler> profiler;
    if (options.profile && step >= 0) profiler.emplace();
    const auto start = std::chrono::steady_clock::now();
    model->zero_grad();
    const auto output = model->forward(batch.input, batch.positions);
    const Tensor loss = cross_entropy(output.mlm_logits, batch.labels) +
                        cross_entropy(output.nsp_logits, batch.nsp_labels);
    loss.backward();
    update(optimizer, *model);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (profiler) result.profile.add(profiler->report());
    if (profiler && step == options.steps - 1) result.trace = profiler->chrome_trace();
    if (step >= 0) {
      seconds.push_back(elapsed.count());
      peaks.push_back(kernels::measure_peak_gflops(num_threads(), kPeakSeconds));
    }
    result.losses.push_back(static_cast<double>(loss.item<float>()));
  }
  result.system_allocations = memory_stats().system_calls - allocations_before;
  const double step_seconds = median(seconds);
  result.step_ms = step_seconds * 1e3;
  result.tokens_per_s = static_cast<double>(options.batch * options.seq) / step_seconds;
  result.gflops =
      step_flops(config, options.batch, options.seq, options.predictions) / step_seconds / 1e9;
  result.peak_gflops = median(peaks);
  result.fraction_of_peak = result.gflops / result.peak_gflops;
  result.peak_rss_mb = peak_rss_mb();
  return result;
}

}  // namespace gradus::training
