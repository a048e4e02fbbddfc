// Forms of kernels that stay in the calling thread, for use on parts of a tensor inside a chunk of
// parallel_for. Each exists for float (SIMD) and double (plain).
#pragma once

#include <cstdint>

#include "core/kernels/elementwise.hpp"

namespace gradus::kernels::serial {

// dropout() of elements first, first + 1, ... of a larger array, x[0] being the first of them.
void dropout(Dropout drop, int64_t first, const float* x, float* y, int64_t n);
void dropout(Dropout drop, int64_t first, const double* x, double* y, int64_t n);

// The same of two arrays with one mask: y = dropout(x), and z in place.
void dropout_both(Dropout drop, int64_t first, const float* x, float* y, float* z, int64_t n);
void dropout_both(Dropout drop, int64_t first, const double* x, double* y, double* z, int64_t n);

// x ← softmax(x·scale + bias) by rows;  x [rows, cols], bias [cols] or null. A row of −∞ alone
// becomes 0: a query that may look at no key.
void softmax_scores(float* x, const float* bias, double scale, int64_t rows, int64_t cols);
void softmax_scores(double* x, const double* bias, double scale, int64_t rows, int64_t cols);

void softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols);
void softmax_backward(const double* y, const double* dy, double* dx, int64_t rows, int64_t cols);

}  // namespace gradus::kernels::serial
