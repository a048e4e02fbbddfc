// Softmax and its logarithm along one dimension.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// y_i = exp(x_i) / Σ_j exp(x_j) along `dim`, safe for large x.
Tensor softmax(const Tensor& x, int64_t dim);
// log softmax(x), without the loss of small probabilities.
Tensor log_softmax(const Tensor& x, int64_t dim);

namespace textbook {
Tensor softmax(const Tensor& x, int64_t dim);
Tensor log_softmax(const Tensor& x, int64_t dim);
}  // namespace textbook

OpInfos softmax_ops();
FusedPairs softmax_pairs();

}  // namespace gradus
