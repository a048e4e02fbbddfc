// Layer norm, alone, with the dropout and the residual sum that come before it, and with the lookups
// and the sum before and the dropout after it.
#include <cmath>
#include <vector>

#include "core/kernels/grain.hpp"
#include "core/kernels/normalization.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/reference.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/layer_norm.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/random-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// y = gamma · x̂ + beta,   x̂ = (x − mean) · rstd; a row, number `row` of all
HWY_INLINE void norm_row(const LayerNorm<float>& norm, int64_t row, const float* x, float* y,
                         int64_t cols) {
  const Floats d;
  const float n = static_cast<float>(cols);
  FloatVec sums = hn::Zero(d);
  for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    sums = hn::Add(sums, load(d, x + j, lanes));
  });
  const float mean = sum_lanes(sums) / n;

  // var = mean_j (x_j − mean)²
  FloatVec squares = hn::Zero(d);
  for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    const FloatVec centred = hn::Sub(load(d, x + j, lanes), hn::Set(d, mean));
    const FloatVec counted = fill_rest(centred, 0.0F, lanes);
    squares = hn::MulAdd(counted, counted, squares);
  });
  const float rstd = 1.0F / std::sqrt(sum_lanes(squares) / n + static_cast<float>(norm.eps));

  for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    const FloatVec centred = hn::Sub(load(d, x + j, lanes), hn::Set(d, mean));
    const FloatVec normed = hn::Mul(centred, hn::Set(d, rstd));
    const FloatVec gamma = load(d, norm.gamma + j, lanes), beta = load(d, norm.beta + j, lanes);
    store(d, hn::MulAdd(gamma, normed, beta), y + j, lanes);
  });
  norm.mean[row] = mean;
  norm.rstd[row] = rstd;
}

void layer_norm_rows(LayerNorm<float> norm, const float* x, float* y, int64_t begin, int64_t end,
                     int64_t cols) {
  for (int64_t i = begin; i < end; ++i) norm_row(norm, i, x + i * cols, y + i * cols, cols);
}

// sum = residual + dropout(x);   y = layer_norm(sum)
void dropout_add_layer_norm_rows(LayerNorm<float> norm, Dropout drop, const float* x,
                                 const float* residual, float* sum, float* y, int64_t begin,
                                 int64_t end, int64_t cols) {
  const Floats d;
  const FloatVec scale = hn::Set(d, static_cast<float>(1 / (1 - drop.p)));
  for (int64_t i = begin; i < end; ++i) {
    const int64_t at = i * cols;
    for_each_dropout(drop, at, cols, [&](int64_t j, auto lanes, auto dropped) HWY_ATTR {
      const auto kept = if_then_zero_else(dropped, mul(load(d, x + at + j, lanes), scale));
      store(d, add(load(d, residual + at + j, lanes), kept), sum + at + j, lanes);
    });
    norm_row(norm, i, sum + at, y + at, cols);
  }
}

// The gradient of one row, which adds its part to dgamma and dbeta, and the same after dropout, if
// `dropped` is not null.
//   dx = rstd · (g − mean_j(g) − x̂ · mean_j(g·x̂)),   g = dy·gamma
//   dgamma ← dgamma + dy·x̂;   dbeta ← dbeta + dy;   dropped = dropout(dx)
HWY_INLINE void backward_row(const LayerNorm<const float>& norm, int64_t row, const float* x,
                             const float* dy, LayerNormGradients<float> grads, Dropout drop,
                             float* dropped, int64_t cols) {
  const Floats d;
  const FloatVec mean = hn::Set(d, norm.mean[row]), rstd = hn::Set(d, norm.rstd[row]);
  const auto normed_at = [&](int64_t j, auto lanes)
                             HWY_ATTR { return mul(sub(load(d, x + j, lanes), mean), rstd); };

  FloatVec g_sums = hn::Zero(d), gx_sums = hn::Zero(d);
  for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
    const FloatVec normed = normed_at(j, lanes), dy_j = load(d, dy + j, lanes);
    const FloatVec g = hn::Mul(dy_j, load(d, norm.gamma + j, lanes));  // 0 past the end of a row
    g_sums = hn::Add(g_sums, g);
    gx_sums = hn::MulAdd(g, fill_rest(normed, 0.0F, lanes), gx_sums);
    const FloatVec dgamma = load(d, grads.dgamma + j, lanes);
    store(d, hn::MulAdd(dy_j, normed, dgamma), grads.dgamma + j, lanes);
    store(d, hn::Add(dy_j, load(d, grads.dbeta + j, lanes)), grads.dbeta + j, lanes);
  });
  const float n = static_cast<float>(cols);
  const FloatVec mean_g = hn::Set(d, sum_lanes(g_sums) / n);
  const FloatVec mean_gx = hn::Set(d, sum_lanes(gx_sums) / n);

  const auto gradient_at = [&](int64_t j, auto lanes) HWY_ATTR {
    const auto g = mul(load(d, dy + j, lanes), load(d, norm.gamma + j, lanes));
    const auto along = neg_mul_add(normed_at(j, lanes), mean_gx, sub(g, mean_g));
    const auto dx = mul(rstd, along);
    store(d, dx, grads.dx + j, lanes);
    return dx;
  };
  if (dropped == nullptr) {
    for_each_vector(d, cols, gradient_at);
    return;
  }
  const FloatVec scale = hn::Set(d, static_cast<float>(1 / (1 - drop.p)));
  for_each_dropout(drop, row * cols, cols, [&](int64_t j, auto lanes, auto gone) HWY_ATTR {
    const auto scaled = mul(gradient_at(j, lanes), scale);
    store(d, if_then_zero_else(gone, scaled), dropped + j, lanes);
  });
}

// `dropped` may be null.
void layer_norm_backward_rows(LayerNorm<const float> norm, const float* x, const float* dy,
                              LayerNormGradients<float> grads, Dropout drop, float* dropped,
                              int64_t begin, int64_t end, int64_t cols) {
  float* dx = grads.dx;
  for (int64_t i = begin; i < end; ++i) {
    grads.dx = dx + i * cols;
    backward_row(norm, i, x + i * cols, dy + i * cols, grads, drop,
                 dropped == nullptr ? nullptr : dropped + i * cols, cols);
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(layer_norm_rows);
HWY_EXPORT(dropout_add_layer_norm_rows);
HWY_EXPORT(layer_norm_backward_rows);

void layer_norm(LayerNorm<float> norm, const float* x, float* y, int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(layer_norm_rows)(norm, x, y, begin, end, cols);
  });
}
void layer_norm(LayerNorm<double> norm, const double* x, double* y, int64_t rows, int64_t cols) {
  reference::layer_norm(norm, x, y, rows, cols);
}

void dropout_add_layer_norm(LayerNorm<float> norm, Dropout drop, const float* x,
                            const float* residual, float* sum, float* y, int64_t rows,
                            int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(dropout_add_layer_norm_rows)
    (norm, drop, x, residual, sum, y, begin, end, cols);
  });
}
void dropout_add_layer_norm(LayerNorm<double> norm, Dropout drop, const double* x,
                            const double* residual, double* sum, double* y, int64_t rows,
                            int64_t cols) {
  reference::dropout_add_layer_norm(norm, drop, x, residual, sum, y, rows, cols);
}

namespace {

// Calls backward_rows(begin, end, grads) for chunks of rows. Each sums dgamma and dbeta for itself; the
// sums are added up in the chunks' order.
template <class Rows>
void backward_by_chunks(LayerNormGradients<float> grads, int64_t rows, int64_t cols,
                        const Rows& backward_rows) {
  const int64_t grain = row_grain(cols);
  const int64_t chunks = (rows + grain - 1) / grain;
  std::vector<float> dgamma(static_cast<size_t>(chunks * cols));  // [chunks, cols]
  std::vector<float> dbeta(static_cast<size_t>(chunks * cols));
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    const int64_t part = begin / grain * cols;
    backward_rows(begin, end,
                  LayerNormGradients<float>{grads.dx, dgamma.data() + part, dbeta.data() + part});
  });
  reference::column_sum(dgamma.data(), grads.dgamma, chunks, cols);
  reference::column_sum(dbeta.data(), grads.dbeta, chunks, cols);
}

}  // namespace

void dropout_add_layer_norm_backward(LayerNorm<const float> norm, Dropout drop, const float* sum,
                                     const float* dy, LayerNormGradients<float> dresidual,
                                     float* dx, int64_t rows, int64_t cols) {
  backward_by_chunks(dresidual, rows, cols, [&](int64_t begin, int64_t end, auto grads) {
    HWY_DYNAMIC_DISPATCH(layer_norm_backward_rows)
    (norm, sum, dy, grads, drop, dx, begin, end, cols);
  });
}
void dropout_add_layer_norm_backward(LayerNorm<const double> norm, Dropout drop, const double* sum,
                                     const double* dy, LayerNormGradients<double> dresidual,
                                     double* dx, int64_t rows, int64_t cols) {
  reference::dropout_add_layer_norm_backward(norm, drop, sum, dy, dresidual, dx, rows, cols);
}

// A chunk of rows stays in the cache from one step to the next.
void embedding_layer_norm(LayerNorm<float> norm, Dropout drop,
                          std::span<const TableRows<const float>> tables, float* sum, float* y,
                          int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    const int64_t first = begin * cols;
    sum_rows(tables, sum, begin, end, cols);
    HWY_DYNAMIC_DISPATCH(layer_norm_rows)(norm, sum, y, begin, end, cols);
    if (drop.p > 0) dropout_part(drop, first, y + first, y + first, (end - begin) * cols);
  });
}
void embedding_layer_norm(LayerNorm<double> norm, Dropout drop,
                          std::span<const TableRows<const double>> tables, double* sum, double* y,
                          int64_t rows, int64_t cols) {
  reference::embedding_layer_norm(norm, drop, tables, sum, y, rows, cols);
}

void embedding_layer_norm_backward(LayerNorm<const float> norm, Dropout drop, const float* sum,
                                   const float* dy, LayerNormGradients<float> dsum, int64_t rows,
                                   int64_t cols) {
  backward_by_chunks(dsum, rows, cols, [&](int64_t begin, int64_t end, auto grads) {
    const int64_t first = begin * cols;
    dropout_part(drop, first, dy + first, dsum.dx + first, (end - begin) * cols);
    HWY_DYNAMIC_DISPATCH(layer_norm_backward_rows)
    (norm, sum, dsum.dx, grads, {}, nullptr, begin, end, cols);
  });
}
void embedding_layer_norm_backward(LayerNorm<const double> norm, Dropout drop, const double* sum,
                                   const double* dy, LayerNormGradients<double> dsum, int64_t rows,
                                   int64_t cols) {
  reference::embedding_layer_norm_backward(norm, drop, sum, dy, dsum, rows, cols);
}

void layer_norm_backward(LayerNorm<const float> norm, const float* x, const float* dy,
                         LayerNormGradients<float> grads, int64_t rows, int64_t cols) {
  dropout_add_layer_norm_backward(norm, {}, x, dy, grads, nullptr, rows, cols);
}
void layer_norm_backward(LayerNorm<const double> norm, const double* x, const double* dy,
                         LayerNormGradients<double> grads, int64_t rows, int64_t cols) {
  reference::layer_norm_backward(norm, x, dy, grads, rows, cols);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
