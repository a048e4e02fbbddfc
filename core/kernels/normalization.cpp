#include "core/kernels/normalization.hpp"

#include "core/kernels/reference.hpp"

namespace gradus::kernels {

void softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  reference::softmax(x, y, rows, cols);
}

void softmax(const double* x, double* y, int64_t rows, int64_t cols) {
  reference::softmax(x, y, rows, cols);
}

void softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols) {
  reference::softmax_backward(y, dy, dx, rows, cols);
}

void softmax_backward(const double* y, const double* dy, double* dx, int64_t rows, int64_t cols) {
  reference::softmax_backward(y, dy, dx, rows, cols);
}

void log_softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  reference::log_softmax(x, y, rows, cols);
}

void log_softmax(const double* x, double* y, int64_t rows, int64_t cols) {
  reference::log_softmax(x, y, rows, cols);
}

void log_softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols) {
  reference::log_softmax_backward(y, dy, dx, rows, cols);
}

void log_softmax_backward(const double* y, const double* dy, double* dx, int64_t rows,
                          int64_t cols) {
  reference::log_softmax_backward(y, dy, dx, rows, cols);
}

void layer_norm(LayerNorm<float> norm, const float* x, float* y, int64_t rows, int64_t cols) {
  reference::layer_norm(norm, x, y, rows, cols);
}

void layer_norm(LayerNorm<double> norm, const double* x, double* y, int64_t rows, int64_t cols) {
  reference::layer_norm(norm, x, y, rows, cols);
}

void layer_norm_backward(LayerNorm<const float> norm, const float* x, const float* dy,
                         LayerNormGradients<float> grads, int64_t rows, int64_t cols) {
  reference::layer_norm_backward(norm, x, dy, grads, rows, cols);
}

void layer_norm_backward(LayerNorm<const double> norm, const double* x, const double* dy,
                         LayerNormGradients<double> grads, int64_t rows, int64_t cols) {
  reference::layer_norm_backward(norm, x, dy, grads, rows, cols);
}

void dropout_add_layer_norm(LayerNorm<float> norm, Dropout drop, const float* x,
                            const float* residual, float* sum, float* y, int64_t rows,
                            int64_t cols) {
  reference::dropout_add_layer_norm(norm, drop, x, residual, sum, y, rows, cols);
}

void dropout_add_layer_norm(LayerNorm<double> norm, Dropout drop, const double* x,
                            const double* residual, double* sum, double* y, int64_t rows,
                            int64_t cols) {
  reference::dropout_add_layer_norm(norm, drop, x, residual, sum, y, rows, cols);
}

void dropout_add_layer_norm_backward(LayerNorm<const float> norm, Dropout drop, const float* sum,
                                     const float* dy, LayerNormGradients<float> dresidual,
                                     float* dx, int64_t rows, int64_t cols) {
  reference::dropout_add_layer_norm_backward(norm, drop, sum, dy, dresidual, dx, rows, cols);
}

void dropout_add_layer_norm_backward(LayerNorm<const double> norm, Dropout drop, const double* sum,
                                     const double* dy, LayerNormGradients<double> dresidual,
                                     double* dx, int64_t rows, int64_t cols) {
  reference::dropout_add_layer_norm_backward(norm, drop, sum, dy, dresidual, dx, rows, cols);
}

void cross_entropy(const float* x, const int64_t* target, int64_t ignore_index, float* loss,
                   float* logsumexp, int64_t rows, int64_t cols) {
  reference::cross_entropy(x, target, ignore_index, loss, logsumexp, rows, cols);
}

void cross_entropy(const double* x, const int64_t* target, int64_t ignore_index, double* loss,
                   double* logsumexp, int64_t rows, int64_t cols) {
  reference::cross_entropy(x, target, ignore_index, loss, logsumexp, rows, cols);
}

void cross_entropy_backward(const float* x, const int64_t* target, int64_t ignore_index,
                            const float* logsumexp, const float* dloss, float* dx, int64_t rows,
                            int64_t cols) {
  reference::cross_entropy_backward(x, target, ignore_index, logsumexp, dloss, dx, rows, cols);
}

void cross_entropy_backward(const double* x, const int64_t* target, int64_t ignore_index,
                            const double* logsumexp, const double* dloss, double* dx, int64_t rows,
                            int64_t cols) {
  reference::cross_entropy_backward(x, target, ignore_index, logsumexp, dloss, dx, rows, cols);
}

}  // namespace gradus::kernels
