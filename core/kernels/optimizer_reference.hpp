// The steps of the optimizer in plain form. optimizer.hpp says what each function computes.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/kernels/optimizer.hpp"

namespace gradus::kernels::reference {

template <class T>
void adam_step(AdamStep step, T* p, const T* g, T* m, T* v, int64_t n) {
  const T beta1 = static_cast<T>(step.beta1), rest1 = static_cast<T>(1 - step.beta1);
  const T beta2 = static_cast<T>(step.beta2), rest2 = static_cast<T>(1 - step.beta2);
  const T decay = static_cast<T>(1 - step.lr * step.weight_decay);
  const T rate = static_cast<T>(step.lr / step.correction1);
  const T root_scale = static_cast<T>(1 / std::sqrt(step.correction2));
  const T eps = static_cast<T>(step.eps), grad_scale = static_cast<T>(step.grad_scale);
  for (int64_t i = 0; i < n; ++i) {
    const T gradient = grad_scale * g[i];
    m[i] = beta1 * m[i] + rest1 * gradient;
    v[i] = beta2 * v[i] + rest2 * gradient * gradient;
    p[i] = decay * p[i] - rate * m[i] / (std::sqrt(v[i]) * root_scale + eps);
  }
}

template <class T>
double sum_of_squares(const T* x, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

}  // namespace gradus::kernels::reference
