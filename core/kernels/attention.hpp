// Scaled dot-product attention, equation (1) of Vaswani et al. 2017, for many heads at once:
//   P = softmax(Q·Kᵀ·scale + mask),   O = dropout(P)·V
// One head's scores stay in the cache between the two products; heads run in parallel.
#pragma once

#include <cstdint>

#include "core/kernels/elementwise.hpp"

namespace gradus::kernels {

// Q and O are [batch, seq_q, heads, head_dim], K and V [batch, seq_k, heads, head_dim], contiguous:
// the layout in which a projection [batch, seq, hidden] already lies, so that no head is copied.
struct AttentionShape {
  int64_t batch, heads, seq_q, seq_k, head_dim;
};

// key_bias [batch, seq_k] is added to every row of scores (0 where a key counts, −∞ where it is
// padding); null means that all count. probs [batch, heads, seq_q, seq_k] receives P before dropout,
// for the backward. Dropout numbers P's elements in that order. A row that is masked whole gives 0.
void attention(AttentionShape shape, const float* q, const float* k, const float* v,
               const float* key_bias, double scale, Dropout drop, float* probs, float* out);
void attention(AttentionShape shape, const double* q, const double* k, const double* v,
               const double* key_bias, double scale, Dropout drop, double* probs, double* out);

// dV = dropout(P)ᵀ·dO;   dP = dropout(dO·Vᵀ);   dS = softmax_backward(P, dP);
// dQ = dS·K·scale;   dK = dSᵀ·Q·scale
void attention_backward(AttentionShape shape, const float* q, const float* k, const float* v,
                        const float* probs, const float* dout, double scale, Dropout drop,
                        float* dq, float* dk, float* dv);
void attention_backward(AttentionShape shape, const double* q, const double* k, const double* v,
                        const double* probs, const double* dout, double scale, Dropout drop,
                        double* dq, double* dk, double* dv);

}  // namespace gradus::kernels
