#include "core/kernels/attention.hpp"

#include <memory>

#include "core/kernels/gemm.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/serial.hpp"

namespace gradus::kernels {
namespace {

// One head of [batch, seq, heads, head_dim] as a matrix [seq, head_dim].
template <class T>
Matrix<T> head(T* x, AttentionShape s, int64_t seq, int64_t b, int64_t h) {
  const int64_t hidden = s.heads * s.head_dim;
  return {x + b * seq * hidden + h * s.head_dim, hidden};
}

template <class T>
Matrix<const T> transpose(Matrix<T> a) {
  return {a.data, a.stride, !a.transposed};
}

template <class T>
Matrix<const T> constant(Matrix<T> a) {
  return {a.data, a.stride, a.transposed};
}

template <class T>
std::unique_ptr<T[]> scratch(int64_t size) {
  return std::make_unique_for_overwrite<T[]>(static_cast<size_t>(size));
}

template <class T>
void forward(AttentionShape s, const T* q, const T* k, const T* v, const T* key_bias, double scale,
             Dropout drop, T* probs, T* out) {
  const int64_t size = s.seq_q * s.seq_k;
  parallel_for(s.batch * s.heads, 1, [&](int64_t begin, int64_t end) {
    const auto dropped = scratch<T>(drop.p > 0 ? size : 0);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t b = i / s.heads, h = i % s.heads;
      T* p = probs + i * size;
      // P = softmax(Q·Kᵀ·scale + bias)                      [seq_q, seq_k]
      gemm_serial(s.seq_q, s.seq_k, s.head_dim, T(1), head(q, s, s.seq_q, b, h),
                  transpose(head(k, s, s.seq_k, b, h)), T(0), Matrix<T>{p, s.seq_k});
      const T* bias = key_bias != nullptr ? key_bias + b * s.seq_k : nullptr;
      serial::softmax_scores(p, bias, scale, s.seq_q, s.seq_k);
      // O = dropout(P)·V                                    [seq_q, head_dim]
      if (drop.p > 0) {
        serial::dropout(drop, i * size, p, dropped.get(), size);
        p = dropped.get();
      }
      gemm_serial(s.seq_q, s.head_dim, s.seq_k, T(1), Matrix<const T>{p, s.seq_k},
                  head(v, s, s.seq_k, b, h), T(0), head(out, s, s.seq_q, b, h));
    }
  });
}

template <class T>
void backward(AttentionShape s, const T* q, const T* k, const T* v, const T* probs, const T* dout,
              double scale, Dropout drop, T* dq, T* dk, T* dv) {
  const int64_t size = s.seq_q * s.seq_k;
  parallel_for(s.batch * s.heads, 1, [&](int64_t begin, int64_t end) {
    const auto buffer = scratch<T>(size);
    const Matrix<T> dp{buffer.get(), s.seq_k};
    for (int64_t i = begin; i < end; ++i) {
      const int64_t b = i / s.heads, h = i % s.heads;
      const T* p = probs + i * size;
      const auto dout_head = head(dout, s, s.seq_q, b, h);
      // dV = dropout(P)ᵀ·dO                                  [seq_k, head_dim]
      serial::dropout(drop, i * size, p, dp.data, size);
      gemm_serial(s.seq_k, s.head_dim, s.seq_q, T(1), transpose(dp), dout_head, T(0),
                  head(dv, s, s.seq_k, b, h));
      // dP = dropout(dO·Vᵀ),  dS = softmax_backward(P, dP)   [seq_q, seq_k]
      gemm_serial(s.seq_q, s.seq_k, s.head_dim, T(1), dout_head,
                  transpose(head(v, s, s.seq_k, b, h)), T(0), dp);
      serial::dropout(drop, i * size, dp.data, dp.data, size);
      serial::softmax_backward(p, dp.data, dp.data, s.seq_q, s.seq_k);
      // dQ = dS·K·scale,  dK = dSᵀ·Q·scale
      gemm_serial(s.seq_q, s.head_dim, s.seq_k, static_cast<T>(scale), constant(dp),
                  head(k, s, s.seq_k, b, h), T(0), head(dq, s, s.seq_q, b, h));
      gemm_serial(s.seq_k, s.head_dim, s.seq_q, static_cast<T>(scale), transpose(dp),
                  head(q, s, s.seq_q, b, h), T(0), head(dk, s, s.seq_k, b, h));
    }
  });
}

}  // namespace

void attention(AttentionShape shape, const float* q, const float* k, const float* v,
               const float* key_bias, double scale, Dropout drop, float* probs, float* out) {
  forward(shape, q, k, v, key_bias, scale, drop, probs, out);
}
void attention(AttentionShape shape, const double* q, const double* k, const double* v,
               const double* key_bias, double scale, Dropout drop, double* probs, double* out) {
  forward(shape, q, k, v, key_bias, scale, drop, probs, out);
}

void attention_backward(AttentionShape shape, const float* q, const float* k, const float* v,
                        const float* probs, const float* dout, double scale, Dropout drop,
                        float* dq, float* dk, float* dv) {
  backward(shape, q, k, v, probs, dout, scale, drop, dq, dk, dv);
}
void attention_backward(AttentionShape shape, const double* q, const double* k, const double* v,
                        const double* probs, const double* dout, double scale, Dropout drop,
                        double* dq, double* dk, double* dv) {
  backward(shape, q, k, v, probs, dout, scale, drop, dq, dk, dv);
}

}  // namespace gradus::kernels
