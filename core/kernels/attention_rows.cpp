#include "core/kernels/attention_rows.hpp"

#include <cmath>

#include "core/kernels/attention_reference.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/attention_rows.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/random-inl.hpp"
#include "core/kernels/rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// s_j·scale + bias_j − shift of one row, rounded once where there is no bias
class ShiftedScores {
 public:
  HWY_INLINE ShiftedScores(const ScoreRows<float>& rows, const float* s, float shift)
      : s_(s),
        bias_(rows.scores.key_bias),
        scale_(set(static_cast<float>(rows.scores.scale))),
        offset_(set(-shift)) {}

  template <class Lanes>
  HWY_INLINE auto operator()(int64_t j, Lanes lanes) const {
    const Floats d;
    const auto s = load(d, s_ + j, lanes);
    if (bias_ == nullptr) return mul_add(s, scale_, offset_);
    return mul_add(s, scale_, add(load(d, bias_ + j, lanes), offset_));
  }

 private:
  const float* s_;
  const float* bias_;
  FloatVec scale_, offset_;
};

// #region exp-scores
// s ← keep·exp(s·scale + bias − m) for row i; returns Σ exp(…), also of what is dropped.
HWY_INLINE double exp_row(const ScoreRows<float>& rows, int64_t i, float m, float* s) {
  const Floats d;
  constexpr int64_t kPiece = 512;  // of so few, a sum of floats rounds off next to nothing
  const ShiftedScores scores(rows, s, m);
  const ScaledExp exp_of(0);
  const int64_t seen = rows.seen(i), number = rows.number + i * rows.seq_k;
  double sum = 0;
  for (int64_t j = 0; j < seen; j += kPiece) {
    FloatVec sums = hn::Zero(d);
    const int64_t count = std::min(kPiece, seen - j);
    for_each_dropout(rows.scores.drop, number + j, count,
                     [&](int64_t k, auto lanes, auto dropped) HWY_ATTR {
                       const auto e = exp_of(scores(j + k, lanes));
                       sums = hn::Add(sums, sum_parts(fill_rest(e, 0.0F, lanes)));
                       store(d, if_then_zero_else(dropped, e), s + j + k, lanes);
                     });
    sum += double{sum_lanes(sums)};
  }
  std::fill(s + seen, s + rows.cols, 0.0F);
  return sum;
}
// #endregion exp-scores

void exp_scores(const ScoreRows<float>& rows, float* s, float* log_sums, float* factors) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  constexpr int64_t kTogether =
      8;  // rows: the steps of one wait for each other, those of several not
  const auto growth = static_cast<float>(1 / (1 - rows.scores.drop.p));
  for (int64_t begin = 0; begin < rows.count; begin += kTogether) {
    const int64_t end = std::min(begin + kTogether, rows.count);
    for (int64_t i = begin; i < end; ++i) {
      const float m = row_max(rows.seen(i), ShiftedScores(rows, s + i * rows.cols, 0));
      log_sums[i] = m == kLowest ? 0 : m;  // all is masked, unless there is a NaN
    }
    for (int64_t i = begin; i < end; ++i) {
      const auto sum = static_cast<float>(exp_row(rows, i, log_sums[i], s + i * rows.cols));
      log_sums[i] = sum == 0 ? -kLowest : log_sums[i] + std::log(sum);
      factors[i] = sum == 0 ? 0 : growth / sum;
    }
  }
}

// #region exp-scores-backward
// P = exp(s·scale + bias − log_sum),   s ← dropout(P),   dp ← P ⊙ (dropout(dp) − dot)
void exp_scores_backward(const ScoreRows<float>& rows, const float* log_sums, const float* dots,
                         float* s, float* dp) {
  const Floats d;
  const ScaledExp exp_of(0);
  const FloatVec growth = set(static_cast<float>(1 / (1 - rows.scores.drop.p)));
  for (int64_t i = 0; i < rows.count; ++i, s += rows.cols, dp += rows.cols) {
    const ShiftedScores scores(rows, s, log_sums[i]);
    const FloatVec dot = set(dots[i]);
    const int64_t seen = rows.seen(i);
    for_each_dropout(rows.scores.drop, rows.number + i * rows.seq_k, seen,
                     [&](int64_t j, auto lanes, auto dropped) HWY_ATTR {
                       const auto p = exp_of(scores(j, lanes));
                       const auto grown = mul(load(d, dp + j, lanes), growth);
                       const auto kept_dp = if_then_zero_else(dropped, grown);
                       store(d, if_then_zero_else(dropped, mul(p, growth)), s + j, lanes);
                       store(d, mul(p, sub(kept_dp, dot)), dp + j, lanes);
                     });
    std::fill(s + seen, s + rows.cols, 0.0F);
    std::fill(dp + seen, dp + rows.cols, 0.0F);
  }
}
// #endregion exp-scores-backward

void row_dots(Matrix<const float> a, Matrix<const float> b, int64_t rows, int64_t cols,
              float* dots) {
  const Floats d;
  for (int64_t i = 0; i < rows; ++i) {
    FloatVec products = hn::Zero(d);
    for_each_vector(d, cols, [&](int64_t j, auto lanes) HWY_ATTR {
      products = hn::MulAdd(load(d, a.data + i * a.stride + j, lanes),
                            load(d, b.data + i * b.stride + j, lanes), products);
    });
    dots[i] = sum_lanes(products);
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(exp_scores);
HWY_EXPORT(exp_scores_backward);
HWY_EXPORT(row_dots);

void exp_scores(const ScoreRows<float>& rows, float* s, float* log_sums, float* factors) {
  HWY_DYNAMIC_DISPATCH(exp_scores)(rows, s, log_sums, factors);
}
void exp_scores(const ScoreRows<double>& rows, double* s, double* log_sums, double* factors) {
  reference::exp_scores(rows, s, log_sums, factors);
}

void exp_scores_backward(const ScoreRows<float>& rows, const float* log_sums, const float* dots,
                         float* s, float* dp) {
  HWY_DYNAMIC_DISPATCH(exp_scores_backward)(rows, log_sums, dots, s, dp);
}
void exp_scores_backward(const ScoreRows<double>& rows, const double* log_sums, const double* dots,
                         double* s, double* dp) {
  reference::exp_scores_backward(rows, log_sums, dots, s, dp);
}

void row_dots(Matrix<const float> a, Matrix<const float> b, int64_t rows, int64_t cols,
              float* dots) {
  HWY_DYNAMIC_DISPATCH(row_dots)(a, b, rows, cols, dots);
}
void row_dots(Matrix<const double> a, Matrix<const double> b, int64_t rows, int64_t cols,
              double* dots) {
  for (int64_t i = 0; i < rows; ++i) {
    dots[i] = reference::dot(a.data + i * a.stride, b.data + i * b.stride, cols);
  }
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
