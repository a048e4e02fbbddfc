#include "core/kernels/attention.hpp"

#include <algorithm>
#include <optional>

#include "core/kernels/gemm.hpp"
#include "core/kernels/gemm_simd.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/scratch.hpp"
#include "core/kernels/serial.hpp"

namespace gradus::kernels {
namespace {

template <class T>
Matrix<const T> transpose(Matrix<T> a) {
  return {a.data, a.stride, !a.transposed};
}

template <class T>
Matrix<const T> constant(Matrix<T> a) {
  return {a.data, a.stride, a.transposed};
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
      : shape_(shape), scores_(scores), index_(index) {}

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

  // P = softmax(Q·Kᵀ·scale + mask) for the rows of a strip      [rows, cols]
  void probabilities(Strip strip, const T* q, const Common<T>& kt, T* p) const {
    kt.multiply(strip.rows, strip.cols, shape_.head_dim, T(1), rows(q, shape_.seq_q, strip.begin),
                {p, strip.cols});
    const T* bias = scores_.key_bias;
    if (bias != nullptr) bias += index_ / shape_.heads * shape_.seq_k;
    if (!scores_.causal) {
      serial::softmax_scores(p, bias, scores_.scale, strip.rows, strip.cols);
      return;
    }
    for (int64_t i = 0; i < strip.rows; ++i) {  // row i sees what is not after it
      T* row = p + i * strip.cols;
      const int64_t seen = std::min(strip.cols, strip.begin + i + 1);
      serial::softmax_scores(row, bias, scores_.scale, 1, seen);
      std::fill(row + seen, row + strip.cols, T(0));
    }
  }

  // Of K or V, [batch, seq_k, heads, head_dim], the head's matrix and its transpose.
  Common<T> by_key(const T* x) const {
    return {rows(x, shape_.seq_k), shape_.seq_k, shape_.head_dim};
  }
  Common<T> by_key_transposed(const T* x) const {
    return {transpose(rows(x, shape_.seq_k)), shape_.head_dim, shape_.seq_k};
  }

  // Starts a sum over the strips: the head's rows of x become 0.
  void clear(T* x, int64_t seq) const {
    for (int64_t i = 0; i < seq; ++i) std::fill_n(rows(x, seq, i).data, shape_.head_dim, T(0));
  }

  // Calls f(first, at, n) for runs of n elements of a strip that lie together in P as well: element
  // number `first` of P is at `at` in the strip.
  template <class F>
  void for_each_run(Strip strip, F f) const {
    const int64_t first = (index_ * shape_.seq_q + strip.begin) * shape_.seq_k;
    if (strip.cols == shape_.seq_k) return f(first, 0, strip.rows * strip.cols);
    for (int64_t i = 0; i < strip.rows; ++i) {
      f(first + i * shape_.seq_k, i * strip.cols, strip.cols);
    }
  }

  // p = dropout(p)
  void dropout(Strip strip, T* p) const {
    if (scores_.drop.p == 0) return;
    for_each_run(strip, [&](int64_t first, int64_t at, int64_t n) {
      serial::dropout(scores_.drop, first, p + at, p + at, n);
    });
  }

  // dropped = dropout(p) and dp = dropout(dp), with the same mask
  void dropout_both(Strip strip, const T* p, T* dropped, T* dp) const {
    for_each_run(strip, [&](int64_t first, int64_t at, int64_t n) {
      serial::dropout_both(scores_.drop, first, p + at, dropped + at, dp + at, n);
    });
  }

  // Calls f(strip) for the strips of the head. They are as high as fits the cache in which a core
  // works (L2), but not so low that products spend their time on rearranging K and V.
  template <class F>
  void for_each_strip(F f) const {
    const int64_t rows = strip_rows(shape_);
    for (int64_t begin = 0; begin < shape_.seq_q; begin += rows) {
      const int64_t end = std::min(begin + rows, shape_.seq_q);
      f(Strip{begin, end - begin, scores_.causal ? std::min(end, shape_.seq_k) : shape_.seq_k});
    }
  }

  static int64_t strip_rows(AttentionShape shape) {
    constexpr int64_t kElements = 1 << 16, kFewest = 64;
    const int64_t fitting = kElements / std::max<int64_t>(shape.seq_k, 1);
    return std::min(shape.seq_q, std::max(kFewest, fitting));
  }

 private:
  template <class U>
  Matrix<U> rows_of(U* x, int64_t seq, int64_t first, int64_t stride) const {
    const int64_t b = index_ / shape_.heads, h = index_ % shape_.heads;
    return {x + (b * seq + first) * stride + h * shape_.head_dim, stride};
  }

  AttentionShape shape_;
  const AttentionScores<T>& scores_;
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

template <class T>
void forward(AttentionShape s, const AttentionScores<T>& scores, const T* q, const T* k, const T* v,
             T* out) {
  for_each_head(s, [&](int64_t index) {
    const Head<T> head(s, scores, index);
    const Common<T> kt = head.by_key_transposed(k), v_rows = head.by_key(v);
    const Scratch<T> p(strip_size<T>(s));
    head.for_each_strip([&](Strip strip) {
      head.probabilities(strip, q, kt, p.get());
      head.dropout(strip, p.get());
      // O = dropout(P)·V                                    [rows, head_dim]
      v_rows.multiply(strip.rows, s.head_dim, strip.cols, T(1), {p.get(), strip.cols},
                      head.output_rows(out, strip.begin));
    });
  });
}

template <class T>
void backward(AttentionShape s, const AttentionScores<T>& scores, const T* q, const T* k,
              const T* v, const T* dout, T* dq, T* dk, T* dv) {
  for_each_head(s, [&](int64_t index) {
    const Head<T> head(s, scores, index);
    const Common<T> kt = head.by_key_transposed(k), vt = head.by_key_transposed(v);
    const Common<T> k_rows = head.by_key(k);
    const int64_t size = strip_size<T>(s);
    const Scratch<T> p(size), dropped(size), dp(size);
    head.clear(dk, s.seq_k);
    head.clear(dv, s.seq_k);
    head.for_each_strip([&](Strip strip) {
      const Matrix<T> ds{dp.get(), strip.cols};
      const auto dout_rows = head.output_rows(dout, strip.begin);
      head.probabilities(strip, q, kt, p.get());
      // dP = dropout(dO·Vᵀ)                                  [rows, cols]
      vt.multiply(strip.rows, strip.cols, s.head_dim, T(1), dout_rows, ds);
      head.dropout_both(strip, p.get(), dropped.get(), dp.get());
      // dV = Σ dropout(P)ᵀ·dO over the strips                [cols, head_dim]
      gemm(strip.cols, s.head_dim, strip.rows, T(1),
           transpose(Matrix<T>{dropped.get(), strip.cols}), dout_rows, T(1),
           head.rows(dv, s.seq_k));
      // dS = softmax_backward(P, dP)                         [rows, cols]
      serial::softmax_backward(p.get(), dp.get(), dp.get(), strip.rows, strip.cols);
      // dQ = dS·K·scale,  dK = Σ dSᵀ·Q·scale over the strips
      k_rows.multiply(strip.rows, s.head_dim, strip.cols, static_cast<T>(scores.scale),
                      constant(ds), head.rows(dq, s.seq_q, strip.begin));
      gemm(strip.cols, s.head_dim, strip.rows, static_cast<T>(scores.scale), transpose(ds),
           head.rows(q, s.seq_q, strip.begin), T(1), head.rows(dk, s.seq_k));
    });
  });
}

}  // namespace

void attention(AttentionShape shape, const AttentionScores<float>& scores, const float* q,
               const float* k, const float* v, float* out) {
  forward(shape, scores, q, k, v, out);
}
void attention(AttentionShape shape, const AttentionScores<double>& scores, const double* q,
               const double* k, const double* v, double* out) {
  forward(shape, scores, q, k, v, out);
}

void attention_backward(AttentionShape shape, const AttentionScores<float>& scores, const float* q,
                        const float* k, const float* v, const float* dout, float* dq, float* dk,
                        float* dv) {
  backward(shape, scores, q, k, v, dout, dq, dk, dv);
}
void attention_backward(AttentionShape shape, const AttentionScores<double>& scores,
                        const double* q, const double* k, const double* v, const double* dout,
                        double* dq, double* dk, double* dv) {
  backward(shape, scores, q, k, v, dout, dq, dk, dv);
}

}  // namespace gradus::kernels
