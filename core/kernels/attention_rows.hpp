// What happens to the scores of attention between its products, in one pass over them, in the calling
// thread: softmax and dropout on the way forward, and their gradients on the way back. float runs on
// SIMD; double runs the plain form in attention_reference.hpp.
#pragma once

#include <algorithm>

#include "core/kernels/attention.hpp"
#include "core/kernels/gemm.hpp"

namespace gradus::kernels {

// Rows of one head's scores, [count, cols], and what is to be known about them.
template <class T>
struct ScoreRows {
  AttentionScores<T> scores;  // with the key_bias of this head's sequence, [cols]
  int64_t count, cols;
  int64_t query;   // the first row's number among the queries, which tells what it sees if causal
  int64_t number;  // of the first element in the order that scores.drop counts
  int64_t seq_k;   // numbers from one row to the next

  int64_t seen(int64_t row) const {  // the keys that a row sees; what is behind them becomes 0
    return scores.causal ? std::min(cols, query + row + 1) : cols;
  }
  T bias(int64_t key) const { return scores.key_bias == nullptr ? T(0) : scores.key_bias[key]; }
};

// s ← keep·exp(s·scale + bias − m), with m, the largest of its row, and keep, 0 for what is dropped.
// For each row, before dropout:   log_sum = m + log Σ_k exp(s_k·scale + bias_k − m),   and the factor
// that makes probabilities of the row, 1/(Σ·(1 − p)). A row that is masked whole: 0, +∞ and 0.
void exp_scores(const ScoreRows<float>& rows, float* s, float* log_sums, float* factors);
void exp_scores(const ScoreRows<double>& rows, double* s, double* log_sums, double* factors);

// With P = exp(s·scale + bias − log_sum), which is softmax, and dot = Σ_k P_k·dropout(dp)_k of each row:
//   s ← dropout(P),   dp ← dS = P ⊙ (dropout(dp) − dot)
void exp_scores_backward(const ScoreRows<float>& rows, const float* log_sums, const float* dots,
                         float* s, float* dp);
void exp_scores_backward(const ScoreRows<double>& rows, const double* log_sums, const double* dots,
                         double* s, double* dp);

// dots_i = Σ_j a_ij·b_ij;   a, b [rows, cols]
void row_dots(Matrix<const float> a, Matrix<const float> b, int64_t rows, int64_t cols,
              float* dots);
void row_dots(Matrix<const double> a, Matrix<const double> b, int64_t rows, int64_t cols,
              double* dots);

}  // namespace gradus::kernels
