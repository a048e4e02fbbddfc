// Element-wise kernels over contiguous arrays. float32 runs on SIMD (Highway, widest set of the CPU
// at run time) and in parallel; float64 runs the plain form in reference.hpp. Output may be input.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/random/philox.hpp"

namespace gradus::kernels {

// y = exp(x) and y = tanh(x); error bounds in ULP are stated in math-inl.hpp and tested.
void exp(const float* x, float* y, int64_t n);
void exp(const double* x, double* y, int64_t n);
void tanh(const float* x, float* y, int64_t n);
void tanh(const double* x, double* y, int64_t n);

// gelu(x) = x·Φ(x) (Hendrycks and Gimpel 2016): Φ exactly by erf, as in BERT, or its tanh form.
enum class GeluForm { erf, tanh };
void gelu(GeluForm form, const float* x, float* y, int64_t n);
void gelu(GeluForm form, const double* x, double* y, int64_t n);
// dx = dy · gelu'(x)
void gelu_backward(GeluForm form, const float* x, const float* dy, float* dx, int64_t n);
void gelu_backward(GeluForm form, const double* x, const double* dy, double* dx, int64_t n);

// y = gelu(x + bias), and dx = dy · gelu'(x + bias), dbias = Σ_rows dx;
// x, y [rows, cols], bias [cols]
void bias_gelu(GeluForm form, const float* x, const float* bias, float* y, int64_t rows,
               int64_t cols);
void bias_gelu(GeluForm form, const double* x, const double* bias, double* y, int64_t rows,
               int64_t cols);
void bias_gelu_backward(GeluForm form, const float* x, const float* bias, const float* dy,
                        float* dx, float* dbias, int64_t rows, int64_t cols);
void bias_gelu_backward(GeluForm form, const double* x, const double* bias, const double* dy,
                        double* dx, double* dbias, int64_t rows, int64_t cols);

// Which elements are dropped, and by how much the others grow, is a function of (p, stream, i):
//   drop_i  ⇔  u16_i < round(p·65536),  u16_i = 16-bit lane i mod 8 (lowest half of word 0 first) of
//   Philox block i / 8;   y_i = drop_i ? 0 : x_i / (1 − p)
// so nothing is stored for the backward, which applies the same function to dy.
struct Dropout {
  double p = 0;  // in [0, 1); 0 keeps all and draws nothing
  RandomStream stream{};
};
inline uint32_t dropout_threshold(Dropout drop) {  // round(p·65536), at most 65536
  return static_cast<uint32_t>(std::lround(drop.p * 65536));
}
void dropout(Dropout drop, const float* x, float* y, int64_t n);
void dropout(Dropout drop, const double* x, double* y, int64_t n);
// The same of elements first, first + 1, ... of a larger array, x[0] being the first of them, in the
// calling thread.
void dropout_part(Dropout drop, int64_t first, const float* x, float* y, int64_t n);

// y_j = Σ_i x_ij;   x [rows, cols], y [cols]. Chunks of rows are added up in a fixed order.
void column_sum(const float* x, float* y, int64_t rows, int64_t cols);
void column_sum(const double* x, double* y, int64_t rows, int64_t cols);

}  // namespace gradus::kernels
