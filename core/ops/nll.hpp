// The negative log-likelihood of classes. The classes are dimension 1 of the scores, or the only
// one; the target has their shape without it:
//   scores [rows, classes],                   target [rows]
//   scores [batch, classes, height, width],   target [batch, height, width]
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/loss.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

inline constexpr int64_t kIgnoreIndex = -100;  // as in PyTorch

struct NllOptions {
  Tensor weight{};  // [classes], of each class; or undefined
  int64_t ignore_index = kIgnoreIndex;
  Reduction reduction = Reduction::mean;
};

// −weight[target]·log_probs[target], 0 where the target is ignore_index. The mean is weighted too:
// the sum of the losses by that of their weights (NaN if there are none, as in PyTorch). Throws
// IndexError for a target that is neither a class nor ignore_index.
Tensor nll_loss(const Tensor& log_probs, const Tensor& target, const NllOptions& options = {});

// The same as rows, which cross_entropy shares: scores, the class of each row and what it counts.
struct ClassRows {
  Tensor scores;   // [rows, classes]
  Tensor target;   // [rows] int64
  Tensor ignored;  // [rows] bool
  Tensor weight;   // [rows], that of the row's class, 0 where ignored
  Shape shape;     // of the target as it was given
};
ClassRows class_rows(std::string_view op, const Tensor& scores, const Tensor& target,
                     const NllOptions& options);
Tensor scores_as_rows(const Tensor& scores);  // → [rows, classes]
Shape shape_without_classes(std::string_view op, const Tensor& scores);
void check_class_weight(std::string_view op, const Tensor& scores, const Tensor& weight);
Tensor nll_of_rows(const ClassRows& rows, const Tensor& log_probs);  // without weights: [rows]
Tensor reduce_rows(std::string_view op, const ClassRows& rows, const Tensor& losses,
                   Reduction reduction);

OpInfos nll_ops();

}  // namespace gradus
