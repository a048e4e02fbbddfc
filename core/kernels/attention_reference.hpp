// What happens to the scores of attention between its products, in plain form. attention_rows.hpp
// says what each function computes.
#pragma once

#include <cmath>
#include <limits>

#include "core/kernels/attention_rows.hpp"
#include "core/kernels/reference.hpp"

namespace gradus::kernels::reference {

template <class T>
void exp_scores(const ScoreRows<T>& rows, T* s, T* log_sums, T* factors) {
  const Dropout drop = rows.scores.drop;
  for (int64_t i = 0; i < rows.count; ++i, s += rows.cols) {
    const int64_t seen = rows.seen(i), number = rows.number + i * rows.seq_k;
    for (int64_t j = 0; j < seen; ++j) {
      s[j] = s[j] * static_cast<T>(rows.scores.scale) + rows.bias(j);
    }
    T m = max(s, seen);
    if (m == -std::numeric_limits<T>::infinity()) m = 0;
    T sum = 0;
    for (int64_t j = 0; j < rows.cols; ++j) {
      const T e = j < seen ? std::exp(s[j] - m) : T(0);
      sum += e;
      s[j] = drop.p > 0 && dropped(drop, number + j) ? T(0) : e;
    }
    log_sums[i] = sum == 0 ? std::numeric_limits<T>::infinity() : m + std::log(sum);
    factors[i] = sum == 0 ? T(0) : 1 / (sum * static_cast<T>(1 - drop.p));
  }
}

template <class T>
void exp_scores_backward(const ScoreRows<T>& rows, const T* log_sums, const T* dots, T* s, T* dp) {
  const Dropout drop = rows.scores.drop;
  for (int64_t i = 0; i < rows.count; ++i, s += rows.cols, dp += rows.cols) {
    const int64_t number = rows.number + i * rows.seq_k;
    for (int64_t j = 0; j < rows.cols; ++j) {
      const T score = s[j] * static_cast<T>(rows.scores.scale) + rows.bias(j);
      const T p = j < rows.seen(i) ? std::exp(score - log_sums[i]) : T(0);
      dropout(drop, &p, &s[j], 1, number + j);
      dropout(drop, &dp[j], &dp[j], 1, number + j);
      dp[j] = p * (dp[j] - dots[i]);
    }
  }
}

}  // namespace gradus::kernels::reference
