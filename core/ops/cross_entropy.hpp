// Cross-entropy between logits and classes, or probabilities of classes. The classes are dimension 1
// of the logits, or the only one, as in nll.hpp.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/nll.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

struct CrossEntropyOptions {
  Tensor weight{};  // [classes], of each class; or undefined
  int64_t ignore_index = kIgnoreIndex;
  double label_smoothing = 0;  // ε in [0, 1] (Szegedy et al. 2016, section 7)
  Reduction reduction = Reduction::mean;
};

// nll_loss of log softmax(logits). With label smoothing, the target's class counts 1 − ε, and ε is
// shared by all classes equally. A target of the logits' own shape holds probabilities:
//   −Σ_k weight_k·target_k·log softmax(logits)_k, averaged over the rows.
// Throws IndexError for a target that is neither a class nor ignore_index.
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options = {});
Tensor cross_entropy(const Tensor& logits, const Tensor& target, int64_t ignore_index);

namespace textbook {
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options = {});
}

OpInfos cross_entropy_ops();
FusedPairs cross_entropy_pairs();

}  // namespace gradus
