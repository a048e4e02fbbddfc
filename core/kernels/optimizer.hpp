// One pass over a parameter for the optimizer: float32 on SIMD, float64 in plain form.
#pragma once

#include <cstdint>

namespace gradus::kernels {

// AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019), in this order:
//   g ← grad_scale·g;   p ← p − lr·weight_decay·p;   m ← β₁m + (1−β₁)g;   v ← β₂v + (1−β₂)g²
//   p ← p − lr/c₁ · m / (√(v/c₂) + eps),   c₁ = 1 − β₁ᵗ, c₂ = 1 − β₂ᵗ, or 1 without bias correction
struct AdamStep {
  double lr, beta1, beta2, eps, weight_decay;
  double correction1 = 1, correction2 = 1;  // c₁ and c₂
  double grad_scale = 1;                    // what clipping by global norm multiplies gradients by
};
void adam_step(AdamStep step, float* p, const float* g, float* m, float* v, int64_t n);
void adam_step(AdamStep step, double* p, const double* g, double* m, double* v, int64_t n);

// Σ x_i², accumulated in double, in a fixed order.
double sum_of_squares(const float* x, int64_t n);
double sum_of_squares(const double* x, int64_t n);

}  // namespace gradus::kernels
