#include "core/kernels/attention.hpp"

#include <algorithm>
#include <optional>

#include "core/kernels/attention_rows.hpp"
#include "core/kernels/gemm.hpp"
#include "core/kernels/gemm_simd.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/scratch.hpp"

namespace gradus::kernels {
namespace {

template <class T>
Matrix<const T> transpose(Matrix<T> a) {
  return {a.data, a.stride, !a.transposed};
}

// The right side of products that all strips of a head have in common: packed once, where our own
// kernel for float takes it.
template <class T>
class Common {
 public:
  Common(Matrix<const T> b, int64_t, int64_t) : b_(b) {}
  // C = alpha·A·B with the first k rows and n columns of B
  void multiply(int64_t m, int64_t n, int64_t k, T alpha, Matrix<const T> a, Matrix<T> c) const {
    gemm(m, n, k, alpha, a, b_, T(0), c);
  }

 private:
  Matrix<const T> b_;
};

template <>
class Common<float> {
 public:
  Common(Matrix<const float> b, int64_t k, int64_t n) : b_(b) {
    const bool builtin = float32_matmul_library() == MatmulLibrary::builtin &&
                         float32_matmul_precision() == MatmulPrecision::highest;
    if (builtin) packed_.emplace(b, k, n);
  }
  void multiply(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                Matrix<float> c) const {
    if (packed_) return gemm_simd(m, n, k, alpha, a, *packed_, 0.0F, c);
    gemm(m, n, k, alpha, a, b_, 0.0F, c);
  }

 private:
  Matrix<const float> b_;
  std::optional<PackedB> packed_;
};

// Rows [begin, begin + rows) of one head's scores, of which the first `cols` columns count.
struct Strip {
  int64_t begin, rows, cols;
};

// The arrays of one head, each in a larger one, as matrices.
template <class T>
class Head {
 public:
  Head(AttentionShape shape, const AttentionScores<T>& scores, int64_t index)
      : shape_(shape), scores_(scores), index_(index) {
    if (scores_.key_bias != nullptr) scores_.key_bias += index / shape.heads * shape.seq_k;
  }

  // Of Q, K, V or a gradient of theirs the rows from `first` on, as [.., head_dim].
  template <class U>
  Matrix<U> rows(U* x, int64_t seq, int64_t first = 0) const {
    return rows_of(x, seq, first, shape_.stride);
  }
  // The same of O or its gradient.
  template <class U>
  Matrix<U> output_rows(U* x, int64_t first) const {
    return rows_of(x, shape_.seq_q, first, shape_.heads * shape_.head_dim);
  }

  // Of log_sums, [batch, heads, seq_q], the head's from that query on.
  template <class U>
  U* log_sums(U* x, int64_t query) const {
    return x + index_ * shape_.seq_q + query;
  }

  // Q·Kᵀ for the rows of a strip                            [rows, cols]
  void products(Strip strip, const T* q, const Common<T>& kt, T* s) const {
    kt.multiply(strip.rows, strip.cols, shape_.head_dim, T(1), rows(q, shape_.seq_q, strip.begin),
                {s, strip.cols});
  }
  ScoreRows<T> score_rows(Strip strip) const {
    return {.scores = scores_,
            .count = strip.rows,
            .cols = strip.cols,
            .query = strip.begin,
            .number = (index_ * shape_.seq_q + strip.begin) * shape_.seq_k,
            .seq_k = shape_.seq_k};
  }

  // Of K or V, [batch, seq_k, heads, head_dim], the head's matrix and its transpose.
  Common<T> by_key(const T* x) const {
    return {rows(x, shape_.seq_k), shape_.seq_k, shape_.head_dim};
  }
  Common<T> by_key_transposed(const T* x) const {
    return {transpose(rows(x, shape_.seq_k)), shape_.head_dim, shape_.seq_k};
  }

  // x ← x + Sᵀ·Y·alpha for the keys that a strip sees; x is a gradient by key   [cols, head_dim]
  void add_product(Strip strip, T alpha, const T* s, Matrix<const T> y, T* x) const {
    const T beta =
        strip.begin == 0 ? T(0) : T(1);  // the first strip's is the first term of the sum
    gemm(strip.cols, shape_.head_dim, strip.rows, alpha, transpose(Matrix<const T>{s, strip.cols}),
         y, beta, rows(x, shape_.seq_k));
  }
  // Sets to 0 what the first strip's product does not: the keys that its queries do not see.
  void clear_unseen(T* x) const {
    const int64_t seen = shape_.seq_q == 0 ? 0 : cols_until(strip_rows(shape_));
    for (int64_t i = seen; i < shape_.seq_k; ++i) {
      std::fill_n(rows(x, shape_.seq_k, i).data, shape_.head_dim, T(0));
    }
  }

  // Calls f(strip) for the strips of the head. They are as high as fits the cache in which a core
  // works (L2), but not so low that products spend their time on rearranging K and V.
  template <class F>
  void for_each_strip(F f) const {
    const int64_t rows = strip_rows(shape_);
    for (int64_t begin = 0; begin < shape_.seq_q; begin += rows) {
      const int64_t end = std::min(begin + rows, shape_.seq_q);
      f(Strip{begin, end - begin, cols_until(end)});
    }
  }

  static int64_t strip_rows(AttentionShape shape) {
    constexpr int64_t kElements = 1 << 16, kFewest = 64;
    const int64_t fitting = kElements / std::max<int64_t>(shape.seq_k, 1);
    return std::min(shape.seq_q, std::max(kFewest, fitting));
  }

 private:
  // The keys that some query before `end` sees.
  int64_t cols_until(int64_t end) const {
    return scores_.causal ? std::min(end, shape_.seq_k) : shape_.seq_k;
  }
  template <class U>
  Matrix<U> rows_of(U* x, int64_t seq, int64_t first, int64_t stride) const {
    const int64_t b = index_ / shape_.heads, h = index_ % shape_.heads;
    return {x + (b * seq + first) * stride + h * shape_.head_dim, stride};
  }

  AttentionShape shape_;
  AttentionScores<T> scores_;  // with the key_bias of the head's sequence
  int64_t index_;
};

// Calls f(index) for each head of each sequence, in parallel.
template <class F>
void for_each_head(AttentionShape s, F f) {
  constexpr int64_t kWork = 1 << 18;  // multiply-adds worth a thread: some 10 µs
  const int64_t work = std::max<int64_t>(1, s.seq_q * s.seq_k * s.head_dim);
  parallel_for(s.batch * s.heads, std::max<int64_t>(1, kWork / work),
               [&](int64_t begin, int64_t end) {
                 for (int64_t index = begin; index < end; ++index) f(index);
               });
}

template <class T>
int64_t strip_size(AttentionShape shape) {
  return Head<T>::strip_rows(shape) * shape.seq_k;
}

// x_i ← x_i·factors_i, for each row i of x
template <class T>
void scale_rows(Matrix<T> x, int64_t rows, int64_t cols, const T* factors) {
  for (int64_t i = 0; i < rows; ++i) {
    T* row = x.data + i * x.stride;
    for (int64_t j = 0; j < cols; ++j) row[j] *= factors[i];
  }
}

template <class T>
void forward(AttentionShape s, const AttentionScores<T>& scores, const T* q, const T* k, const T* v,
             AttentionResult<T> result) {
  for_each_head(s, [&](int64_t index) {
    const Head<T> head(s, scores, index);
    const Common<T> kt = head.by_key_transposed(k), v_rows = head.by_key(v);
    const Scratch<T> p(strip_size<T>(s)), factors(Head<T>::strip_rows(s));
    head.for_each_strip([&](Strip strip) {
      const Matrix<T> out = head.output_rows(result.out, strip.begin);
      head.products(strip, q, kt, p.get());
      // P but for a factor in each row, which O gets instead
      exp_scores(head.score_rows(strip), p.get(), head.log_sums(result.log_sums, strip.begin),
                 factors.get());
      // O = dropout(P)·V                                    [rows, head_dim]
      v_rows.multiply(strip.rows, s.head_dim, strip.cols, T(1), {p.get(), strip.cols}, out);
      scale_rows(out, strip.rows, s.head_dim, factors.get());
    });
  });
}

template <class T>
void backward(AttentionShape s, const AttentionScores<T>& scores, const T* q, const T* k,
              const T* v, AttentionResult<const T> result, const T* dout, T* dq, T* dk, T* dv) {
  for_each_head(s, [&](int64_t index) {
    const Head<T> head(s, scores, index);
    const Common<T> kt = head.by_key_transposed(k), vt = head.by_key_transposed(v);
    const Common<T> k_rows = head.by_key(k);
    const Scratch<T> p(strip_size<T>(s)), dp(strip_size<T>(s)), dots(Head<T>::strip_rows(s));
    head.clear_unseen(dk);
    head.clear_unseen(dv);
    head.for_each_strip([&](Strip strip) {
      const auto dout_rows = head.output_rows(dout, strip.begin);
      head.products(strip, q, kt, p.get());
      // dP = dO·Vᵀ, before dropout                           [rows, cols]
      vt.multiply(strip.rows, strip.cols, s.head_dim, T(1), dout_rows, {dp.get(), strip.cols});
      // dots = Σ_k dP⊙P = Σ_c dO⊙O
      row_dots(dout_rows, head.output_rows(result.out, strip.begin), strip.rows, s.head_dim,
               dots.get());
      // p: dropout(P),  dp: dS = P ⊙ (dropout(dP) − dots)
      exp_scores_backward(head.score_rows(strip), head.log_sums(result.log_sums, strip.begin),
                          dots.get(), p.get(), dp.get());
      // dV = Σ dropout(P)ᵀ·dO,  dK = Σ dSᵀ·Q·scale over the strips,  dQ = dS·K·scale
      const T scale = static_cast<T>(scores.scale);
      head.add_product(strip, T(1), p.get(), dout_rows, dv);
      head.add_product(strip, scale, dp.get(), head.rows(q, s.seq_q, strip.begin), dk);
      k_rows.multiply(strip.rows, s.head_dim, strip.cols, scale, {dp.get(), strip.cols},
                      head.rows(dq, s.seq_q, strip.begin));
    });
  });
}

}  // namespace

void attention(AttentionShape shape, const AttentionScores<float>& scores, const float* q,
               const float* k, const float* v, AttentionResult<float> result) {
  forward(shape, scores, q, k, v, result);
}
void attention(AttentionShape shape, const AttentionScores<double>& scores, const double* q,
               const double* k, const double* v, AttentionResult<double> result) {
  forward(shape, scores, q, k, v, result);
}

void attention_backward(AttentionShape shape, const AttentionScores<float>& scores, const float* q,
                        const float* k, const float* v, AttentionResult<const float> result,
                        const float* dout, float* dq, float* dk, float* dv) {
  backward(shape, scores, q, k, v, result, dout, dq, dk, dv);
}
void attention_backward(AttentionShape shape, const AttentionScores<double>& scores,
                        const double* q, const double* k, const double* v,
                        AttentionResult<const double> result, const double* dout, double* dq,
                        double* dk, double* dv) {
  backward(shape, scores, q, k, v, result, dout, dq, dk, dv);
}

}  // namespace gradus::kernels
