// Losses between two tensors of one shape. Cross-entropy with its classes is in cross_entropy.hpp.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// What is returned of the losses of all elements.
enum class Reduction {
  mean,       // their average
  sum,        // their sum
  none,       // each of them
  batchmean,  // their sum, divided by the size of the first dimension
};

// (input − target)²
Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

// The Kullback-Leibler divergence of a distribution from `target`, element by element:
//   target·(log target − input),   0·log 0 = 0
// As in PyTorch, `input` holds logarithms; so does `target` with log_target. The divergence itself
// is what Reduction::batchmean gives.
struct KlDivOptions {
  Reduction reduction = Reduction::mean;
  bool log_target = false;
};
Tensor kl_div(const Tensor& input, const Tensor& target, KlDivOptions options = {});

// −pos_weight·target·log σ(logits) − (1 − target)·log(1 − σ(logits)), safe for large logits.
struct BinaryCrossEntropyOptions {
  Tensor weight{};      // multiplies each loss, broadcast; or undefined
  Tensor pos_weight{};  // multiplies the part of the positive targets, broadcast; or undefined
  Reduction reduction = Reduction::mean;
};
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options = {});

// The reduction of losses that were computed element by element.
Tensor reduce_losses(std::string_view op, const Tensor& losses, Reduction reduction);

OpInfos loss_ops();

}  // namespace gradus
