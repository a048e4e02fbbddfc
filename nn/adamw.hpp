// AdamW (Kingma and Ba 2015; decoupled decay: Loshchilov and Hutter 2019), and what stands around an
// optimizer's step: clipping by global norm, and the schedule of the learning rate.
#pragma once

#include "nn/module.hpp"

namespace gradus::nn {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-6;
  double weight_decay = 0.01;   // not applied to vectors: biases, and weights of LayerNorm
  bool bias_correction = true;  // BERT's own optimizer had none
};

// For a parameter p with gradient g, at step t (the order of evaluation: core/kernels/optimizer.hpp):
//   m ← β₁·m + (1 − β₁)·g             m̂ = m / (1 − β₁ᵗ)
//   v ← β₂·v + (1 − β₂)·g²            v̂ = v / (1 − β₂ᵗ)
//   p ← p − lr·(m̂ / (√v̂ + eps) + weight_decay·p)
// The divisions undo the pull of m and v to the 0 they start from; without bias correction m̂ = m and
// v̂ = v.
class AdamW {
 public:
  AdamW(NamedTensors parameters, AdamWOptions options = {});

  // One update from the gradients, each first multiplied by grad_scale. Parameters without a
  // gradient are left alone.
  void step(double learning_rate, double grad_scale = 1);

  int64_t steps() const { return steps_; }

  // Moments "m.<name>" and "v.<name>" of every parameter, sharing memory with the optimizer.
  StateDict state_dict() const;
  // Copies them back, or changes nothing and throws as nn::copy_state() does.
  void load_state_dict(const StateDict& state, int64_t steps);

 private:
  struct Slot {
    std::string name;
    Tensor parameter, m, v;
    double weight_decay;
  };
  AdamWOptions options_;
  std::vector<Slot> slots_;
  int64_t steps_ = 0;
};

// √Σ g², over the gradients of all parameters that have one.
double global_norm(const std::vector<Tensor>& parameters);

// What gradients of this norm are to be multiplied by so that it is at most max_norm (Pascanu et al.
// 2013): min(1, max_norm / norm).
double clip_scale(double norm, double max_norm);

// The factor of the peak learning rate at `step` (0 is the first): rises linearly over
// `warmup_steps`, then falls linearly to reach 0 at `total_steps`.
double warmup_linear_decay(int64_t step, int64_t warmup_steps, int64_t total_steps);

}  // namespace gradus::nn
