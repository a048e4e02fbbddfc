// The product in plain loops, the first two steps on the way to gemm_simd.hpp: what the tests hold
// the fast ones against, and what serves doubles where there is no OpenBLAS (the web page).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/kernels/gemm.hpp"

namespace gradus::kernels {

template <class T>
T element(Matrix<const T> a, int64_t i, int64_t j) {
  return a.transposed ? a.data[j * a.stride + i] : a.data[i * a.stride + j];
}

// #region naive
// C = alpha·A·B + beta·C:   c_ij = alpha·Σ_p a_ip·b_pj + beta·c_ij, as it is written
template <class T>
void gemm_naive(int64_t m, int64_t n, int64_t k, T alpha, Matrix<const T> a, Matrix<const T> b,
                T beta, Matrix<T> c) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      T sum = 0;
      for (int64_t p = 0; p < k; ++p) sum += element(a, i, p) * element(b, p, j);
      T& to = c.data[i * c.stride + j];
      to = beta == T(0) ? alpha * sum : alpha * sum + beta * to;
    }
  }
}
// #endregion naive

// The same, by blocks of kDepth rows of B that stay in the cache while all rows of A
// pass by: c_i ← c_i + (alpha·a_ip)·b_p, a whole row of C at a time, which compilers vectorise.
template <class T>
void gemm_plain(int64_t m, int64_t n, int64_t k, T alpha, Matrix<const T> a, Matrix<const T> b,
                T beta, Matrix<T> c) {
  constexpr int64_t kDepth = 64, kWidth = 256;
  for (int64_t i = 0; i < m; ++i) {
    T* row = c.data + i * c.stride;
    if (beta == T(0)) {
      std::fill(row, row + n, T(0));  // what was there, even NaN, does not count
    } else {
      for (int64_t j = 0; j < n; ++j) row[j] *= beta;
    }
  }
  T block[kDepth * kWidth];
  for (int64_t p0 = 0; p0 < k; p0 += kDepth) {
    const int64_t depth = std::min(kDepth, k - p0);
    for (int64_t j0 = 0; j0 < n; j0 += kWidth) {
      const int64_t width = std::min(kWidth, n - j0);
      // block ← B[p0 : p0 + depth, j0 : j0 + width], its rows side by side
      for (int64_t p = 0; p < depth; ++p) {
        for (int64_t j = 0; j < width; ++j) block[p * kWidth + j] = element(b, p0 + p, j0 + j);
      }
      for (int64_t i = 0; i < m; ++i) {
        T* row = c.data + i * c.stride + j0;
        for (int64_t p = 0; p < depth; ++p) {
          const T factor = alpha * element(a, i, p0 + p);
          const T* b_row = block + p * kWidth;
          for (int64_t j = 0; j < width; ++j) row[j] += factor * b_row[j];
        }
      }
    }
  }
}

}  // namespace gradus::kernels
