// The training loop: for each step, the gradients of one or more batches, clipped, and one AdamW
// update; now and then an evaluation and a checkpoint. The same seed gives the same parameters bit
// for bit, with any number of threads, and through any number of interruptions.
#pragma once

#include <filesystem>
#include <functional>

#include "core/io/file_lock.hpp"
#include "models/training/task.hpp"
#include "nn/adamw.hpp"

namespace gradus::training {

struct TrainerOptions {
  int64_t steps = 1000;         // updates in all
  int64_t accumulate = 1;       // batches a step, whose gradients are averaged
  double learning_rate = 1e-3;  // at its peak
  double warmup = 0.1;          // fraction of the steps over which it rises to it
  double clip_norm = 1;         // largest global norm of the gradients; 0 does not clip
  nn::AdamWOptions adam{};

  int64_t evaluate_every = 0;    // steps; 0: at the end alone
  int64_t checkpoint_every = 0;  // steps; 0: at the end alone
  int64_t keep_checkpoints = 2;  // the newest
  bool quiet = false;            // no progress

  // Throws ValueError that names the option out of its range.
  void validate() const;
};

struct TrainingResult {
  int64_t step = 0;       // how many updates the parameters have seen
  bool finished = false;  // false if it was ended early
  double seconds = 0;     // of this session, evaluations and checkpoints included
  double waited = 0;      // of these seconds, for batches that were not ready
  Metrics evaluation;     // of the parameters at the end; empty if not finished
};

// What a step gave, for those who watch.
struct StepReport {
  int64_t step;        // updates so far
  Metrics metrics;     // of the step: loss, its parts, learning rate, gradient norm, tokens/s
  Metrics evaluation;  // after it; empty where none was due
};

// Sees each step; false ends the training after it.
using Watch = std::function<bool(const StepReport&)>;

// Throws the IoError that a Trainer would throw, if another has the directory now; makes nothing.
void check_not_in_use(const std::filesystem::path& directory);

// Where a loss is NaN or infinite. The message names the step, the learning rate and the first
// operation that produced it; the last checkpoint is untouched.
struct DivergedError : Error {
  using Error::Error;
};

class Trainer {
 public:
  // Keeps metrics.jsonl and checkpoints in `directory`, which is made if it is missing. For all its
  // life, no other trainer can be made for this directory, in any process: that throws IoError.
  Trainer(Task& task, TrainerOptions options, std::filesystem::path directory);

  // Continues from a checkpoint that this class wrote. Throws FormatError if it does not belong to
  // this task and these options, naming the difference.
  void resume(const std::filesystem::path& checkpoint);

  // Trains to the last step, or until SIGINT or SIGTERM: then the step at hand is finished and
  // saved. Throws DivergedError.
  TrainingResult run();

  // Trains to the last step, or until `watch` has seen enough: then what was learned is saved. Heeds no
  // signals.
  TrainingResult run(const Watch& watch);

 private:
  struct Step {
    StepLoss loss;
    double learning_rate, gradient_norm;
  };
  Step take_step();
  StepLoss accumulate_gradients();
  std::string cause_of_divergence(uint64_t generator_position);
  [[noreturn]] void explain_divergence(uint64_t generator_position, double learning_rate,
                                       double loss);
  double learning_rate() const;
  void save();
  std::string state() const;

  Task& task_;
  TrainerOptions options_;
  std::filesystem::path directory_;
  FileLock lock_;
  nn::AdamW optimizer_;
  int64_t step_ = 0;    // updates made
  int64_t saved_ = -1;  // step of the last checkpoint
};

}  // namespace gradus::training
