// Scaled dot-product attention, equation (1) of Vaswani et al. 2017, for many heads at once:
//   P = softmax(Q·Kᵀ·scale + mask),   O = dropout(P)·V
// A head's scores exist only in strips of whole rows, which stay in the cache between the two
// products; the backward computes them again. So memory grows with seq, not with its square
// (Rabe and Staats 2021; Dao et al. 2022). Heads run in parallel.
#pragma once

#include <cstdint>

#include "core/kernels/elementwise.hpp"

namespace gradus::kernels {

// Q and O are [batch, seq_q, heads, head_dim], K and V [batch, seq_k, heads, head_dim]: the layout in
// which a projection [batch, seq, hidden] already lies, so that no head is copied. O is contiguous;
// in Q, K, V and their gradients positions lie `stride` elements apart, so that the three may be
// parts of one [batch, seq, 3, heads, head_dim].
struct AttentionShape {
  int64_t batch, heads, seq_q, seq_k, head_dim;
  int64_t stride = heads * head_dim;
};

// What stands between Q·Kᵀ and the product with V. A row that is masked whole gives 0.
template <class T>
struct AttentionScores {
  double scale = 1;
  const T* key_bias = nullptr;  // [batch, seq_k], added to every row: 0, or −∞ for padding; or null
  bool causal = false;          // query i sees keys 0 … i alone
  Dropout drop{};               // numbers P's elements in the order [batch, heads, seq_q, seq_k]
};

// What the forward makes: O, and of each row of scores log Σ_k exp(S_k), by which the backward finds
// P = exp(S − log_sum) again (Dao 2023, algorithm 1); +∞ for a row that is masked whole.
template <class T>
struct AttentionResult {
  T* out;       // [batch, seq_q, heads, head_dim]
  T* log_sums;  // [batch, heads, seq_q]
};

void attention(AttentionShape shape, const AttentionScores<float>& scores, const float* q,
               const float* k, const float* v, AttentionResult<float> result);
void attention(AttentionShape shape, const AttentionScores<double>& scores, const double* q,
               const double* k, const double* v, AttentionResult<double> result);

// dV = dropout(P)ᵀ·dO;   dP = dropout(dO·Vᵀ);   dS = P ⊙ (dP − Σ_k dP⊙P) = P ⊙ (dP − Σ_c dO⊙O);
// dQ = dS·K·scale;   dK = dSᵀ·Q·scale
void attention_backward(AttentionShape shape, const AttentionScores<float>& scores, const float* q,
                        const float* k, const float* v, AttentionResult<const float> result,
                        const float* dout, float* dq, float* dk, float* dv);
void attention_backward(AttentionShape shape, const AttentionScores<double>& scores,
                        const double* q, const double* k, const double* v,
                        AttentionResult<const double> result, const double* dout, double* dq,
                        double* dk, double* dv);

}  // namespace gradus::kernels
