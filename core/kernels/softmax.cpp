// softmax and log-softmax with their gradients. Error of softmax: at most 2 ULP of the float64 result
// (2.5 where there is no fused multiply-add), whatever the length of a row; what is below 2⁻¹¹⁵ may
// become 0. Of log-softmax: at most 2 ULP of the largest |x_j − m|.
#include <algorithm>
#include <cmath>

#include "core/kernels/grain.hpp"
#include "core/kernels/normalization.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/reference.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/softmax.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// y ← y / sum, where there is a fused multiply-add by the reciprocal in two parts, which costs an
// eighth of a division:   r = 1/sum ≈ high + low,   y·r = y·high + y·low, rounded once
HWY_INLINE void divide_row(float* y, double sum, int64_t cols) {
  const Floats d;
  if (sum == 0) return;  // a row that is masked: y is 0 already
  const double reciprocal = 1 / sum;
  const auto divisor = static_cast<float>(sum), high = static_cast<float>(reciprocal);
  const auto low = static_cast<float>(reciprocal - double{high});
  for_each_vector_backwards(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    const FloatVec value = load(d, y + j, lanes);
    const FloatVec quotient = HWY_NATIVE_FMA
                                  ? hn::MulAdd(value, set(high), hn::Mul(value, set(low)))
                                  : hn::Div(value, set(divisor));
    store(d, quotient, y + j, lanes);
  });
}

// Calls body(begin, count) for `count` rows from `begin` on, which fit in the cache together. The steps
// of a row wait for each other; those of several rows, if each is taken for all of them, need not.
constexpr int64_t kRowsTogether = 16;  // at most
template <class Body>
HWY_INLINE void for_rows_together(int64_t rows, int64_t cols, const Body& body) {
  constexpr int64_t kNumbers = 1024;
  const int64_t together =
      std::clamp<int64_t>(kNumbers / std::max<int64_t>(cols, 1), 1, kRowsTogether);
  for (int64_t begin = 0; begin < rows; begin += together) {
    body(begin, std::min(together, rows - begin));
  }
}

// #region softmax-rows
// y_j = exp(x_j) / Σ_k exp(x_k); in place, and in rows where that does not serve, of x_j − s
void softmax_rows(const float* x, float* y, int64_t rows, int64_t cols) {
  for_rows_together(rows, cols, [&](int64_t begin, int64_t count) HWY_ATTR {
    double sums[kRowsTogether];
    const float* from = x + begin * cols;
    float* to = y + begin * cols;
    for (int64_t i = 0; i < count; ++i) {
      sums[i] = x == y ? 0 : plain_exp(from + i * cols, to + i * cols, cols);
    }
    for (int64_t i = 0; i < count; ++i) {
      if (plain_exp_serves(sums[i])) continue;
      const float largest = row_max(from + i * cols, cols);
      sums[i] = shifted_exp(from + i * cols, largest, to + i * cols, cols);
    }
    for (int64_t i = 0; i < count; ++i) divide_row(to + i * cols, sums[i], cols);
  });
}
// #endregion softmax-rows

// #region softmax-backward
// dx_j = y_j (dy_j − Σ_k dy_k y_k)
void softmax_backward_rows(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols) {
  const Floats d;
  for (int64_t i = 0; i < rows; ++i, y += cols, dy += cols, dx += cols) {
    FloatVec products = hn::Zero(d);
    for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
      products = hn::MulAdd(load(d, dy + j, lanes), load(d, y + j, lanes), products);
    });
    const FloatVec dot = set(sum_lanes(products));
    for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
      const FloatVec centred = hn::Sub(load(d, dy + j, lanes), dot);
      store(d, hn::Mul(load(d, y + j, lanes), centred), dx + j, lanes);
    });
  }
}
// #endregion softmax-backward

// y_j = (x_j − m) − log Σ_k exp(x_k − m)
void log_softmax_rows(const float* x, float* y, int64_t rows, int64_t cols) {
  const Floats d;
  for (int64_t i = 0; i < rows; ++i, x += cols, y += cols) {
    const float m = row_max(x, cols);
    const auto log_sum = static_cast<float>(std::log(exp_sum(x, m, cols)));
    for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
      store(d, hn::Sub(hn::Sub(load(d, x + j, lanes), set(m)), set(log_sum)), y + j, lanes);
    });
  }
}

// dx_j = dy_j − exp(y_j) Σ_k dy_k
void log_softmax_backward_rows(const float* y, const float* dy, float* dx, int64_t rows,
                               int64_t cols) {
  const Floats d;
  for (int64_t i = 0; i < rows; ++i, y += cols, dy += cols, dx += cols) {
    FloatVec sums = hn::Zero(d);
    for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
      sums = hn::Add(sums, load(d, dy + j, lanes));
    });
    const FloatVec sum = set(sum_lanes(sums));
    for_each_four(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
      const auto p = exp(load(d, y + j, lanes));
      store(d, neg_mul_add(p, sum, load(d, dy + j, lanes)), dx + j, lanes);
    });
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(softmax_rows);
HWY_EXPORT(softmax_backward_rows);
HWY_EXPORT(log_softmax_rows);
HWY_EXPORT(log_softmax_backward_rows);

// #region dispatch
void softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * cols;
    HWY_DYNAMIC_DISPATCH(softmax_rows)(x + at, y + at, end - begin, cols);
  });
}
// #endregion dispatch
void softmax(const double* x, double* y, int64_t rows, int64_t cols) {
  reference::softmax(x, y, rows, cols);
}

void softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * cols;
    HWY_DYNAMIC_DISPATCH(softmax_backward_rows)(y + at, dy + at, dx + at, end - begin, cols);
  });
}
void softmax_backward(const double* y, const double* dy, double* dx, int64_t rows, int64_t cols) {
  reference::softmax_backward(y, dy, dx, rows, cols);
}

void log_softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * cols;
    HWY_DYNAMIC_DISPATCH(log_softmax_rows)(x + at, y + at, end - begin, cols);
  });
}
void log_softmax(const double* x, double* y, int64_t rows, int64_t cols) {
  reference::log_softmax(x, y, rows, cols);
}

void log_softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * cols;
    HWY_DYNAMIC_DISPATCH(log_softmax_backward_rows)(y + at, dy + at, dx + at, end - begin, cols);
  });
}
void log_softmax_backward(const double* y, const double* dy, double* dx, int64_t rows,
                          int64_t cols) {
  reference::log_softmax_backward(y, dy, dx, rows, cols);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
