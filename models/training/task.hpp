// What the training loop asks of a model and its data. A new member of the family implements this
// and gets the rest: schedule, clipping, metrics, evaluation, checkpoints, resumption.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/training/checkpoint.hpp"
#include "nn/module.hpp"

namespace gradus::training {

// Named numbers, in the order in which they are shown.
using Metrics = std::vector<std::pair<std::string, double>>;

struct StepLoss {
  Tensor total;        // of one element: what is minimised
  Metrics parts;       // of what it is made, for the log
  int64_t tokens = 0;  // that were read, padding not counted
  double waited = 0;   // seconds, until the batch was there
};

class Task {
 public:
  virtual ~Task() = default;

  virtual nn::Module& model() = 0;

  // The loss of batch `index`: a pure function of the index, the parameters and the position of
  // default_generator(), so that training resumes at any batch.
  virtual StepLoss loss(int64_t index) = 0;

  // The scores of the model on what it never sees in training. Same parameters, same scores.
  virtual Metrics evaluate() = 0;

  // The files from which others load the model, by name.
  virtual CheckpointFiles model_files() = 0;

  // One line of JSON that says what the run is: two runs with the same description (and the same
  // seed) make the same model. --resume refuses another one.
  virtual std::string description() const = 0;
};

}  // namespace gradus::training
