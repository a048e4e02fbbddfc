// How fast does BERT train here? One fixed training step, timed against what the CPU could do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/autograd/profiler.hpp"
#include "models/bert/config.hpp"

namespace gradus::training {

struct TrainBenchmark {
  int64_t layers = 4, hidden = 256, vocab = 8192;
  int64_t batch = 32, seq = 128;
  int64_t predictions = 20;  // masked positions a sequence
  double dropout = 0.1;
  int64_t steps = 10;  // timed ones, after two that are not
  bool profile = false;
  std::filesystem::path dump;  // directory for the model at the start and all batches; empty: none
};

struct TrainBenchmarkResult {
  double step_ms;  // median
  double tokens_per_s;
  double gflops;       // work counted by step_flops, per second
  double peak_gflops;  // FMA peak of the same threads, measured in turn with the steps
  double fraction_of_peak;
  double peak_rss_mb;          // of the process, in units of 10⁶ bytes
  size_t system_allocations;   // blocks that tensors asked of the system in the timed steps
  Profile profile;             // of all timed steps together; empty if not asked for
  std::string trace;           // of the last step: Profiler::chrome_trace()
  std::vector<double> losses;  // of all steps, the two that are not timed first
};

// Multiply-adds of the products of a step, forward and backward, counted as two operations each:
// per token 6·layers·(4·hidden² + 2·hidden·intermediate) + 12·layers·seq·hidden, and per predicted
// position 6·(hidden² + hidden·vocab).
double step_flops(const bert::Config& config, int64_t batch, int64_t seq, int64_t predictions);

// Trains BERT on random tokens (dropout, MLM and NSP, clipping, AdamW). What `dump` asks for lets
// another program take the same steps: bert::save_model(), and batch-0.safetensors, batch-1..., each
// with ids and types [batch, seq], positions and labels [batch·predictions], nsp_labels [batch].
// IoError if it cannot be written.
TrainBenchmarkResult run_train_benchmark(const TrainBenchmark& options);

}  // namespace gradus::training
