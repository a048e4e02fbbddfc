#include "nn/adamw.hpp"

#include <algorithm>
#include <cmath>

#include "core/kernels/optimizer.hpp"
#include "core/tensor/creation.hpp"

namespace gradus::nn {

AdamW::AdamW(NamedTensors parameters, AdamWOptions options) : options_(options) {
  for (auto& [name, parameter] : parameters) {
    slots_.push_back({.name = name,
                      .parameter = parameter,
                      .m = zeros_like(parameter),
                      .v = zeros_like(parameter),
                      .weight_decay = parameter.dim() > 1 ? options.weight_decay : 0});
  }
}

// #region step
void AdamW::step(double learning_rate, double grad_scale) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  kernels::AdamStep update{.lr = learning_rate,
                           .beta1 = options_.beta1,
                           .beta2 = options_.beta2,
                           .eps = options_.eps,
                           .weight_decay = 0,
                           .grad_scale = grad_scale};
  if (options_.bias_correction) {
    update.correction1 = 1 - std::pow(options_.beta1, t);
    update.correction2 = 1 - std::pow(options_.beta2, t);
  }
  for (Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    update.weight_decay = slot.weight_decay;
    dispatch_floating("AdamW", slot.parameter.dtype(), [&]<class T>() {
      kernels::adam_step(update, slot.parameter.data<T>(),
                         slot.parameter.grad().contiguous().data<T>(), slot.m.data<T>(),
                         slot.v.data<T>(), slot.parameter.numel());
    });
    slot.parameter.bump_version();
  }
}
// #endregion step

StateDict AdamW::state_dict() const {
  StateDict state;
  for (const Slot& slot : slots_) {
    state.emplace("m." + slot.name, slot.m);
    state.emplace("v." + slot.name, slot.v);
  }
  return state;
}

void AdamW::load_state_dict(const StateDict& state, int64_t steps) {
  StateDict own = state_dict();
  copy_state(state, own, "optimizer moment");
  steps_ = steps;
}

double global_norm(const std::vector<Tensor>& parameters) {
  double total = 0;
  for (const Tensor& parameter : parameters) {
    if (!parameter.grad().defined()) continue;
    const Tensor gradient = parameter.grad().contiguous();
    total += dispatch_floating("global_norm", gradient.dtype(), [&]<class T>() {
      return kernels::sum_of_squares(gradient.data<T>(), gradient.numel());
    });
  }
  return std::sqrt(total);
}

double clip_scale(double norm, double max_norm) { return norm > max_norm ? max_norm / norm : 1; }

double warmup_linear_decay(int64_t step, int64_t warmup_steps, int64_t total_steps) {
  if (step < warmup_steps) return static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  const auto left = static_cast<double>(std::max<int64_t>(0, total_steps - step));
  return left / static_cast<double>(std::max<int64_t>(1, total_steps - warmup_steps));
}

}  // namespace gradus::nn
