// Reductions made of others: the spread of numbers, the length of vectors, and a soft maximum. `dims`
// may be negative and must be distinct; all are reduced where none is named.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

struct VarOptions {
  double correction = 1;  // Bessel's: 1 estimates without bias; 0 is the variance of the sample
  bool keepdim = false;
};

// Σ (x − mean)² / (n − correction); NaN where nothing is left to divide by.
Tensor var(const Tensor& x, const Dims& dims = {}, VarOptions options = {});
Tensor std(const Tensor& x, const Dims& dims = {}, VarOptions options = {});

// (Σ |x|ᵖ)^(1/p); for p = ±∞ the largest and the smallest |x|, and for p = 0 the count of what is not
// 0. Where it has no derivative, as at x = 0, the gradient is 0. Throws ValueError for NaN.
Tensor norm(const Tensor& x, double p = 2, const Dims& dims = {}, bool keepdim = false);

// ln Σ exp(x), without overflow.
Tensor logsumexp(const Tensor& x, const Dims& dims = {}, bool keepdim = false);

OpInfos statistics_ops();

}  // namespace gradus
