// Cross-entropy between logits and class indices.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

inline constexpr int64_t kIgnoreIndex = -100;  // as in PyTorch

// −log softmax(logits)[target], averaged over the rows whose target is not ignore_index (NaN if
// there is none, as in PyTorch):  logits [rows, classes], target [rows] int64 → [].
// Throws IndexError for a target that is neither a class nor ignore_index.
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     int64_t ignore_index = kIgnoreIndex);

namespace textbook {
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     int64_t ignore_index = kIgnoreIndex);
}

OpInfos loss_ops();
FusedPairs loss_pairs();

}  // namespace gradus
