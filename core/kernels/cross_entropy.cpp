#include <cmath>
#include <utility>

#include "core/kernels/grain.hpp"
#include "core/kernels/normalization.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/reference.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/cross_entropy.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// m and log Σ_j exp(x_j − m) of one row, m being its maximum.
std::pair<float, float> log_sum_row(const float* x, int64_t cols) {
  const float m = row_max(x, cols);
  return {m, static_cast<float>(std::log(exp_sum(x, m, cols)))};
}

// dx_j = dloss · exp(x_j − logsumexp)
void scaled_softmax_row(const float* x, float logsumexp, float dloss, float* dx, int64_t cols) {
  const Floats d;
  for_each_four(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    const auto p = exp(sub(load(d, x + j, lanes), set(logsumexp)));
    store(d, mul(set(dloss), p), dx + j, lanes);
  });
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(log_sum_row);
HWY_EXPORT(scaled_softmax_row);

// loss = (m − x_target) + log Σ_j exp(x_j − m): small losses keep their digits
void cross_entropy(const float* x, const int64_t* target, int64_t ignore_index, float* loss,
                   float* logsumexp, int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* row = x + i * cols;
      const auto [max, log_sum] = HWY_DYNAMIC_DISPATCH(log_sum_row)(row, cols);
      logsumexp[i] = max + log_sum;
      loss[i] = target[i] == ignore_index ? 0.0F : (max - row[target[i]]) + log_sum;
    }
  });
}
void cross_entropy(const double* x, const int64_t* target, int64_t ignore_index, double* loss,
                   double* logsumexp, int64_t rows, int64_t cols) {
  reference::cross_entropy(x, target, ignore_index, loss, logsumexp, rows, cols);
}

void cross_entropy_backward(const float* x, const int64_t* target, int64_t ignore_index,
                            const float* logsumexp, const float* dloss, float* dx, int64_t rows,
                            int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* row = dx + i * cols;
      if (target[i] == ignore_index) {
        std::fill(row, row + cols, 0.0F);
        continue;
      }
      HWY_DYNAMIC_DISPATCH(scaled_softmax_row)(x + i * cols, logsumexp[i], dloss[i], row, cols);
      row[target[i]] -= dloss[i];
    }
  });
}
void cross_entropy_backward(const double* x, const int64_t* target, int64_t ignore_index,
                            const double* logsumexp, const double* dloss, double* dx, int64_t rows,
                            int64_t cols) {
  reference::cross_entropy_backward(x, target, ignore_index, logsumexp, dloss, dx, rows, cols);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
