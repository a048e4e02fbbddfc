#include "core/kernels/optimizer.hpp"

#include "core/kernels/reference.hpp"

namespace gradus::kernels {

void adam_step(AdamStep step, float* p, const float* g, float* m, float* v, int64_t n) {
  reference::adam_step(step, p, g, m, v, n);
}

void adam_step(AdamStep step, double* p, const double* g, double* m, double* v, int64_t n) {
  reference::adam_step(step, p, g, m, v, n);
}

double sum_of_squares(const float* x, int64_t n) { return reference::sum_of_squares(x, n); }

double sum_of_squares(const double* x, int64_t n) { return reference::sum_of_squares(x, n); }

}  // namespace gradus::kernels
