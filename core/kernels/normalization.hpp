// Kernels that work on whole rows of a contiguous [rows, cols] array: softmax and its kin, layer
// norm, cross-entropy. float32 runs on SIMD and in parallel over rows; float64 runs the plain form.
// Output may be input, row by row. Each function exists for float and double.
#pragma once

#include <cstdint>
#include <span>

#include "core/kernels/elementwise.hpp"
#include "core/kernels/table_rows.hpp"

namespace gradus::kernels {

// y_j = exp(x_j − m) / Σ_k exp(x_k − m),   m = max_k x_k. A row of −∞ alone gives NaN, as in PyTorch.
// y may be x.
void softmax(const float* x, float* y, int64_t rows, int64_t cols);
void softmax(const double* x, double* y, int64_t rows, int64_t cols);
// dx_j = y_j (dy_j − Σ_k dy_k y_k)
void softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols);
void softmax_backward(const double* y, const double* dy, double* dx, int64_t rows, int64_t cols);

// y_j = x_j − m − log Σ_k exp(x_k − m)
void log_softmax(const float* x, float* y, int64_t rows, int64_t cols);
void log_softmax(const double* x, double* y, int64_t rows, int64_t cols);
// dx_j = dy_j − exp(y_j) Σ_k dy_k
void log_softmax_backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t cols);
void log_softmax_backward(const double* y, const double* dy, double* dx, int64_t rows,
                          int64_t cols);

// Ba et al. 2016:  x̂ = (x − mean) · rstd,   rstd = 1/√(var + eps),   y = gamma · x̂ + beta
// mean and rstd [rows] are kept for the backward.
template <class T>
struct LayerNorm {
  const T* gamma;  // [cols]
  const T* beta;   // [cols]
  T* mean;         // [rows]
  T* rstd;         // [rows]
  double eps;
};
void layer_norm(LayerNorm<float> norm, const float* x, float* y, int64_t rows, int64_t cols);
void layer_norm(LayerNorm<double> norm, const double* x, double* y, int64_t rows, int64_t cols);

// dx = rstd · (g − mean_j(g) − x̂ · mean_j(g·x̂)),  g = dy·gamma;
// dgamma = Σ_rows dy·x̂;   dbeta = Σ_rows dy      (fixed order of rows' chunks)
template <class T>
struct LayerNormGradients {
  T* dx;      // [rows, cols]
  T* dgamma;  // [cols]
  T* dbeta;   // [cols]
};
void layer_norm_backward(LayerNorm<const float> norm, const float* x, const float* dy,
                         LayerNormGradients<float> grads, int64_t rows, int64_t cols);
void layer_norm_backward(LayerNorm<const double> norm, const double* x, const double* dy,
                         LayerNormGradients<double> grads, int64_t rows, int64_t cols);

// sum = residual + dropout(x);   y = layer_norm(sum).  One pass over memory.
void dropout_add_layer_norm(LayerNorm<float> norm, Dropout drop, const float* x,
                            const float* residual, float* sum, float* y, int64_t rows,
                            int64_t cols);
void dropout_add_layer_norm(LayerNorm<double> norm, Dropout drop, const double* x,
                            const double* residual, double* sum, double* y, int64_t rows,
                            int64_t cols);
// dresidual = layer_norm_backward(dy at sum);   dx = dropout(dresidual) with the same mask.
// With drop.p == 0, dx may be null: it would equal dresidual.
void dropout_add_layer_norm_backward(LayerNorm<const float> norm, Dropout drop, const float* sum,
                                     const float* dy, LayerNormGradients<float> dresidual,
                                     float* dx, int64_t rows, int64_t cols);
void dropout_add_layer_norm_backward(LayerNorm<const double> norm, Dropout drop, const double* sum,
                                     const double* dy, LayerNormGradients<double> dresidual,
                                     double* dx, int64_t rows, int64_t cols);

// sum_i = Σ_t table_t[index_t[i]], as the embeddings of a Transformer;   y = dropout(layer_norm(sum)).
// One pass over memory.
void embedding_layer_norm(LayerNorm<float> norm, Dropout drop,
                          std::span<const TableRows<const float>> tables, float* sum, float* y,
                          int64_t rows, int64_t cols);
void embedding_layer_norm(LayerNorm<double> norm, Dropout drop,
                          std::span<const TableRows<const double>> tables, double* sum, double* y,
                          int64_t rows, int64_t cols);
// dsum = layer_norm_backward(dropout(dy) at sum) with the same mask
void embedding_layer_norm_backward(LayerNorm<const float> norm, Dropout drop, const float* sum,
                                   const float* dy, LayerNormGradients<float> dsum, int64_t rows,
                                   int64_t cols);
void embedding_layer_norm_backward(LayerNorm<const double> norm, Dropout drop, const double* sum,
                                   const double* dy, LayerNormGradients<double> dsum, int64_t rows,
                                   int64_t cols);

// loss_i = log Σ_k exp(x_ik) − x_i,target_i, or 0 where target_i == ignore_index;
// logsumexp [rows] is kept for the backward. Targets must have been checked against cols.
void cross_entropy(const float* x, const int64_t* target, int64_t ignore_index, float* loss,
                   float* logsumexp, int64_t rows, int64_t cols);
void cross_entropy(const double* x, const int64_t* target, int64_t ignore_index, double* loss,
                   double* logsumexp, int64_t rows, int64_t cols);
// dx_ik = dloss_i · (exp(x_ik − logsumexp_i) − [k == target_i]), or 0 where ignored
void cross_entropy_backward(const float* x, const int64_t* target, int64_t ignore_index,
                            const float* logsumexp, const float* dloss, float* dx, int64_t rows,
                            int64_t cols);
void cross_entropy_backward(const double* x, const int64_t* target, int64_t ignore_index,
                            const double* logsumexp, const double* dloss, double* dx, int64_t rows,
                            int64_t cols);

}  // namespace gradus::kernels
