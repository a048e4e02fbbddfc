#include "core/kernels/elementwise.hpp"

#include "core/kernels/reference.hpp"

namespace gradus::kernels {

void exp(const float* x, float* y, int64_t n) { reference::exp(x, y, n); }

void exp(const double* x, double* y, int64_t n) { reference::exp(x, y, n); }

void tanh(const float* x, float* y, int64_t n) { reference::tanh(x, y, n); }

void tanh(const double* x, double* y, int64_t n) { reference::tanh(x, y, n); }

void gelu(GeluForm form, const float* x, float* y, int64_t n) { reference::gelu(form, x, y, n); }

void gelu(GeluForm form, const double* x, double* y, int64_t n) { reference::gelu(form, x, y, n); }

void gelu_backward(GeluForm form, const float* x, const float* dy, float* dx, int64_t n) {
  reference::gelu_backward(form, x, dy, dx, n);
}

void gelu_backward(GeluForm form, const double* x, const double* dy, double* dx, int64_t n) {
  reference::gelu_backward(form, x, dy, dx, n);
}

void bias_gelu(GeluForm form, const float* x, const float* bias, float* y, int64_t rows,
               int64_t cols) {
  reference::bias_gelu(form, x, bias, y, rows, cols);
}

void bias_gelu(GeluForm form, const double* x, const double* bias, double* y, int64_t rows,
               int64_t cols) {
  reference::bias_gelu(form, x, bias, y, rows, cols);
}

void bias_gelu_backward(GeluForm form, const float* x, const float* bias, const float* dy,
                        float* dx, int64_t rows, int64_t cols) {
  reference::bias_gelu_backward(form, x, bias, dy, dx, rows, cols);
}

void bias_gelu_backward(GeluForm form, const double* x, const double* bias, const double* dy,
                        double* dx, int64_t rows, int64_t cols) {
  reference::bias_gelu_backward(form, x, bias, dy, dx, rows, cols);
}

void dropout(Dropout drop, const float* x, float* y, int64_t n) {
  reference::dropout(drop, x, y, n);
}

void dropout(Dropout drop, const double* x, double* y, int64_t n) {
  reference::dropout(drop, x, y, n);
}

void add_bias(float* x, const float* bias, int64_t rows, int64_t cols) {
  reference::add_bias(x, bias, rows, cols);
}

void add_bias(double* x, const double* bias, int64_t rows, int64_t cols) {
  reference::add_bias(x, bias, rows, cols);
}

void column_sum(const float* x, float* y, int64_t rows, int64_t cols) {
  reference::column_sum(x, y, rows, cols);
}

void column_sum(const double* x, double* y, int64_t rows, int64_t cols) {
  reference::column_sum(x, y, rows, cols);
}

}  // namespace gradus::kernels
