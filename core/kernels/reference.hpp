// Every kernel in plain form, one textbook loop each: float64 runs these, and the tests hold the
// SIMD forms against them. The declarations in elementwise.hpp and normalization.hpp say what each
// computes. Those of attention's scores and of the optimizer stand in files of their own,
// attention_reference.hpp and optimizer_reference.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "core/kernels/elementwise.hpp"
#include "core/kernels/normalization.hpp"
#include "core/random/philox.hpp"

namespace gradus::kernels::reference {

// ---- element-wise

template <class T>
void exp(const T* x, T* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = std::exp(x[i]);
}

template <class T>
void tanh(const T* x, T* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = std::tanh(x[i]);
}

// Φ(x) = ½ erfc(−x/√2): erfc keeps its precision where Φ is small.
template <class T>
T normal_cdf(T x) {
  return T(0.5) * std::erfc(-x / std::numbers::sqrt2_v<T>);
}

// φ(x) = exp(−x²/2) / √(2π)
template <class T>
T normal_pdf(T x) {
  return std::exp(T(-0.5) * x * x) * T(0.5) * std::numbers::sqrt2_v<T> *
         std::numbers::inv_sqrtpi_v<T>;
}

// The tanh form (Hendrycks and Gimpel 2016, §2):  Φ(x) ≈ ½(1 + tanh u),  u = √(2/π)(x + 0.044715x³)
inline constexpr double kGeluCubic = 0.044715;
inline constexpr double kSqrt2OverPi = 0.79788456080286535588;

template <class T>
T gelu_inner(T x) {
  return T(kSqrt2OverPi) * (x + T(kGeluCubic) * x * x * x);
}

template <class T>
T gelu(GeluForm form, T x) {
  if (form == GeluForm::erf) return x * normal_cdf(x);
  return T(0.5) * x * (T(1) + std::tanh(gelu_inner(x)));
}

// erf form:   gelu' = Φ + x·φ
// tanh form:  gelu' = ½(1 + t) + ½x(1 − t²)·√(2/π)(1 + 3·0.044715x²),   t = tanh u
template <class T>
T gelu_derivative(GeluForm form, T x) {
  if (form == GeluForm::erf) return normal_cdf(x) + x * normal_pdf(x);
  const T t = std::tanh(gelu_inner(x));
  const T inner_derivative = T(kSqrt2OverPi) * (T(1) + T(3 * kGeluCubic) * x * x);
  return T(0.5) * (T(1) + t) + T(0.5) * x * (T(1) - t * t) * inner_derivative;
}

template <class T>
void gelu(GeluForm form, const T* x, T* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = gelu(form, x[i]);
}

template <class T>
void gelu_backward(GeluForm form, const T* x, const T* dy, T* dx, int64_t n) {
  for (int64_t i = 0; i < n; ++i) dx[i] = dy[i] * gelu_derivative(form, x[i]);
}

template <class T>
void bias_gelu(GeluForm form, const T* x, const T* bias, T* y, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows * cols; ++i) y[i] = gelu(form, x[i] + bias[i % cols]);
}

inline bool dropped(Dropout drop, int64_t i) {
  const auto index = static_cast<uint64_t>(i);
  const uint32_t word = philox(drop.stream, index / 8)[index % 8 / 2];
  const uint32_t half = index % 2 == 0 ? word & 0xFFFF : word >> 16;
  return half < dropout_threshold(drop);
}

// What element i of a dropout is multiplied by. `first` numbers x[0].
template <class T>
void dropout(Dropout drop, const T* x, T* y, int64_t n, int64_t first = 0) {
  if (drop.p == 0) {
    std::copy(x, x + n, y);
    return;
  }
  const T scale = static_cast<T>(1 / (1 - drop.p));
  for (int64_t i = 0; i < n; ++i) y[i] = dropped(drop, first + i) ? T(0) : x[i] * scale;
}

template <class T>
void column_sum(const T* x, T* y, int64_t rows, int64_t cols) {
  std::fill(y, y + cols, T(0));
  for (int64_t i = 0; i < rows * cols; ++i) y[i % cols] += x[i];
}

template <class T>
void bias_gelu_backward(GeluForm form, const T* x, const T* bias, const T* dy, T* dx, T* dbias,
                        int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows * cols; ++i) {
    dx[i] = dy[i] * gelu_derivative(form, x[i] + bias[i % cols]);
  }
  column_sum(dx, dbias, rows, cols);
}

// ---- rows

template <class T>
T max(const T* x, int64_t n) {
  T largest = -std::numeric_limits<T>::infinity();
  for (int64_t j = 0; j < n; ++j) largest = std::max(largest, x[j]);  // a NaN is left to the sum
  return largest;
}

// log Σ_j exp(x_j) = m + log Σ_j exp(x_j − m)
template <class T>
T log_sum_exp(const T* x, int64_t n) {
  const T m = max(x, n);
  T sum = 0;
  for (int64_t j = 0; j < n; ++j) sum += std::exp(x[j] - m);
  return m + std::log(sum);
}

template <class T>
void softmax(const T* x, T* y, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, x += cols, y += cols) {
    const T m = max(x, cols);
    T sum = 0;
    for (int64_t j = 0; j < cols; ++j) sum += y[j] = std::exp(x[j] - m);
    for (int64_t j = 0; j < cols; ++j) y[j] /= sum;
  }
}

template <class T>
T dot(const T* a, const T* b, int64_t n) {
  T sum = 0;
  for (int64_t j = 0; j < n; ++j) sum += a[j] * b[j];
  return sum;
}

template <class T>
void softmax_backward(const T* y, const T* dy, T* dx, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, y += cols, dy += cols, dx += cols) {
    const T mean_dy = dot(dy, y, cols);
    for (int64_t j = 0; j < cols; ++j) dx[j] = y[j] * (dy[j] - mean_dy);
  }
}

template <class T>
void log_softmax(const T* x, T* y, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, x += cols, y += cols) {
    const T m = max(x, cols);
    T sum = 0;
    for (int64_t j = 0; j < cols; ++j) sum += std::exp(x[j] - m);
    const T log_sum = std::log(sum);
    for (int64_t j = 0; j < cols; ++j) y[j] = (x[j] - m) - log_sum;
  }
}

template <class T>
void log_softmax_backward(const T* y, const T* dy, T* dx, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, y += cols, dy += cols, dx += cols) {
    T sum = 0;
    for (int64_t j = 0; j < cols; ++j) sum += dy[j];
    for (int64_t j = 0; j < cols; ++j) dx[j] = dy[j] - std::exp(y[j]) * sum;
  }
}

template <class T>
void layer_norm(LayerNorm<T> norm, const T* x, T* y, int64_t rows, int64_t cols) {
  const T n = static_cast<T>(cols);
  for (int64_t i = 0; i < rows; ++i, x += cols, y += cols) {
    T mean = 0, variance = 0;
    for (int64_t j = 0; j < cols; ++j) mean += x[j] / n;
    for (int64_t j = 0; j < cols; ++j) variance += (x[j] - mean) * (x[j] - mean) / n;
    const T rstd = T(1) / std::sqrt(variance + static_cast<T>(norm.eps));
    for (int64_t j = 0; j < cols; ++j) {
      y[j] = norm.gamma[j] * ((x[j] - mean) * rstd) + norm.beta[j];
    }
    norm.mean[i] = mean;
    norm.rstd[i] = rstd;
  }
}

template <class T>
void layer_norm_backward(LayerNorm<const T> norm, const T* x, const T* dy,
                         LayerNormGradients<T> grads, int64_t rows, int64_t cols) {
  const T n = static_cast<T>(cols);
  std::fill(grads.dgamma, grads.dgamma + cols, T(0));
  std::fill(grads.dbeta, grads.dbeta + cols, T(0));
  T* dx = grads.dx;
  for (int64_t i = 0; i < rows; ++i, x += cols, dy += cols, dx += cols) {
    const T mean = norm.mean[i], rstd = norm.rstd[i];
    T mean_g = 0, mean_gx = 0;  // mean_j(g), mean_j(g·x̂)
    for (int64_t j = 0; j < cols; ++j) {
      const T normed = (x[j] - mean) * rstd, g = dy[j] * norm.gamma[j];
      mean_g += g / n;
      mean_gx += g * normed / n;
      grads.dgamma[j] += dy[j] * normed;
      grads.dbeta[j] += dy[j];
    }
    for (int64_t j = 0; j < cols; ++j) {
      const T normed = (x[j] - mean) * rstd, g = dy[j] * norm.gamma[j];
      dx[j] = rstd * (g - mean_g - normed * mean_gx);
    }
  }
}

template <class T>
void dropout_add_layer_norm(LayerNorm<T> norm, Dropout drop, const T* x, const T* residual, T* sum,
                            T* y, int64_t rows, int64_t cols) {
  const T scale = static_cast<T>(1 / (1 - drop.p));
  for (int64_t i = 0; i < rows * cols; ++i) {
    const bool zero = drop.p > 0 && dropped(drop, i);
    sum[i] = residual[i] + (zero ? T(0) : x[i] * scale);
  }
  layer_norm(norm, sum, y, rows, cols);
}

template <class T>
void dropout_add_layer_norm_backward(LayerNorm<const T> norm, Dropout drop, const T* sum,
                                     const T* dy, LayerNormGradients<T> dresidual, T* dx,
                                     int64_t rows, int64_t cols) {
  layer_norm_backward(norm, sum, dy, dresidual, rows, cols);
  if (dx != nullptr) dropout(drop, dresidual.dx, dx, rows * cols);
}

template <class T>
void embedding_layer_norm(LayerNorm<T> norm, Dropout drop,
                          std::span<const TableRows<const T>> tables, T* sum, T* y, int64_t rows,
                          int64_t cols) {
  std::fill(sum, sum + rows * cols, T(0));
  for (const auto& [table, index] : tables) {
    for (int64_t i = 0; i < rows * cols; ++i) sum[i] += table[index[i / cols] * cols + i % cols];
  }
  layer_norm(norm, sum, y, rows, cols);
  if (drop.p > 0) dropout(drop, y, y, rows * cols);
}

template <class T>
void embedding_layer_norm_backward(LayerNorm<const T> norm, Dropout drop, const T* sum, const T* dy,
                                   LayerNormGradients<T> dsum, int64_t rows, int64_t cols) {
  dropout(drop, dy, dsum.dx, rows * cols);
  layer_norm_backward(norm, sum, dsum.dx, dsum, rows, cols);
}

template <class T>
void cross_entropy(const T* x, const int64_t* target, int64_t ignore_index, T* loss, T* logsumexp,
                   int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, x += cols) {
    logsumexp[i] = log_sum_exp(x, cols);
    loss[i] = target[i] == ignore_index ? T(0) : logsumexp[i] - x[target[i]];
  }
}

template <class T>
void cross_entropy_backward(const T* x, const int64_t* target, int64_t ignore_index,
                            const T* logsumexp, const T* dloss, T* dx, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, x += cols, dx += cols) {
    const bool ignored = target[i] == ignore_index;
    for (int64_t j = 0; j < cols; ++j) {
      const T hit = j == target[i] ? T(1) : T(0);
      dx[j] = ignored ? T(0) : dloss[i] * (std::exp(x[j] - logsumexp[i]) - hit);
    }
  }
}

}  // namespace gradus::kernels::reference
