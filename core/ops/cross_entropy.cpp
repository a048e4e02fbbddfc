#include "core/ops/cross_entropy.hpp"

#include <functional>

#include "core/autograd/apply.hpp"
#include "core/autograd/textbook_backward.hpp"
#include "core/kernels/normalization.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"
#include "core/ops/softmax.hpp"

namespace gradus {
namespace {

Tensor sample_target() {  // of which one row is ignored
  const std::vector<int64_t> classes{2, kIgnoreIndex, 0};
  return tensor(classes, {3});
}

Tensor sample_weight(const Tensor& like) { return to(tensor({0.5, 1, 2, 1, 3}), like.dtype()); }

// loss_i = log Σ_k exp(x_ik) − x_i,t(i);   dx_ik = dloss_i·(softmax(x_i)_k − [k = t(i)])
struct CrossEntropy {
  static constexpr std::string_view name = "cross_entropy";
  int64_t ignore_index = kIgnoreIndex;
  Saved target{};  // [rows]
  Saved x{};
  Tensor logsumexp{};  // [rows]
  Tensor forward(const Tensor& logits) {
    x = logits;
    const Tensor from = logits.contiguous(), classes = target;
    const Tensor loss = empty({from.size(0)}, from.dtype());
    logsumexp = empty_like(loss);
    dispatch_floating(name, from.dtype(), [&]<class T>() {
      kernels::cross_entropy(from.data<T>(), classes.data<int64_t>(), ignore_index, loss.data<T>(),
                             logsumexp.data<T>(), from.size(0), from.size(1));
    });
    return loss;
  }
  Tensors backward(const Tensor& dloss_in) const {
    if (grad_enabled()) {
      return textbook_backward(
          [this](const Tensors& in) {
            return textbook::cross_entropy(
                in[0], target, {.ignore_index = ignore_index, .reduction = Reduction::none});
          },
          {x}, dloss_in);
    }
    const Tensor from = x.get().contiguous(), dloss = dloss_in.contiguous(), classes = target;
    const Tensor dx = empty_like(from);
    dispatch_floating(name, from.dtype(), [&]<class T>() {
      kernels::cross_entropy_backward(from.data<T>(), classes.data<int64_t>(), ignore_index,
                                      logsumexp.data<T>(), dloss.data<T>(), dx.data<T>(),
                                      from.size(0), from.size(1));
    });
    return {dx};
  }
  static Samples samples() {
    const auto with = [](auto options_for) {
      return [=, target = sample_target()](const Tensors& in) {
        return cross_entropy(in[0], target, options_for(in[0]));
      };
    };
    const auto plain = [](const Tensor&) { return CrossEntropyOptions{}; };
    const auto smoothed = [](const Tensor& logits) {
      return CrossEntropyOptions{.weight = sample_weight(logits), .label_smoothing = 0.2};
    };
    const auto image = [target = reshape(sample_target(), {1, 3})](const Tensors& in) {
      return cross_entropy(in[0], target, {.reduction = Reduction::none});
    };
    return {{"one row ignored", {sample_normal({3, 3})}, with(plain)},
            {"weights and smoothing", {sample_normal({3, 5})}, with(smoothed)},
            {"classes in the middle, each", {sample_normal({1, 5, 3})}, image}};
  }
};

using LogSoftmaxOf = Tensor(const Tensor&, int64_t);
using RowLosses = std::function<Tensor(const ClassRows&)>;

// Σ_k w_k·x_ik, or without weights
Tensor weighted_sum(const Tensor& x, const Tensor& weight) {
  return sum(weight.defined() ? x * weight.detach() : x, {1});
}

// loss_i = (1 − ε)·w_t·loss_i − ε/C·Σ_k w_k·log p_ik, for losses that know of neither w nor ε
Tensor finish(const ClassRows& rows, Tensor losses, const CrossEntropyOptions& options,
              LogSoftmaxOf* log_softmax_of) {
  if (options.weight.defined()) losses = losses * rows.weight;
  if (options.label_smoothing > 0) {
    const double share = options.label_smoothing / static_cast<double>(rows.scores.size(1));
    const Tensor all = weighted_sum(log_softmax_of(rows.scores, 1), options.weight);
    losses = losses * (1 - options.label_smoothing) - masked_fill(all, rows.ignored, 0) * share;
  }
  return reduce_rows("cross_entropy", rows, losses, options.reduction);
}

// loss_i = −Σ_k w_k·q_ik·log p_ik,   q = (1 − ε)·target + ε/C
Tensor of_probabilities(const Tensor& log_probs, const Tensor& target, const Shape& shape,
                        const CrossEntropyOptions& options) {
  const double share = options.label_smoothing / static_cast<double>(log_probs.size(1));
  const Tensor q = target * (1 - options.label_smoothing) + share;
  const Tensor losses = -weighted_sum(q * log_probs, options.weight);
  return reduce_losses("cross_entropy", reshape(losses, shape), options.reduction);
}

// The whole loss, from a form of log-softmax and one of the losses of rows.
Tensor compose(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options,
               LogSoftmaxOf* log_softmax_of, const RowLosses& row_losses) {
  constexpr std::string_view op = CrossEntropy::name;
  require<ValueError>(options.label_smoothing >= 0 && options.label_smoothing <= 1,
                      "cross_entropy: label_smoothing must be in [0, 1], got {}",
                      options.label_smoothing);
  if (is_floating(target.dtype()) && target.shape() == logits.shape()) {
    require_same_dtype(op, logits.dtype(), target.dtype());
    check_class_weight(op, logits, options.weight);
    const Shape shape = shape_without_classes(op, logits);
    return of_probabilities(log_softmax_of(scores_as_rows(logits), 1), scores_as_rows(target),
                            shape, options);
  }
  const ClassRows rows =
      class_rows(op, logits, target, {options.weight, options.ignore_index, options.reduction});
  return finish(rows, row_losses(rows), options, log_softmax_of);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options) {
  return compose(logits, target, options, log_softmax, [&](const ClassRows& rows) {
    return apply(CrossEntropy{options.ignore_index, rows.target.contiguous()}, rows.scores);
  });
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target, int64_t ignore_index) {
  return cross_entropy(logits, target, {.ignore_index = ignore_index});
}

Tensor textbook::cross_entropy(const Tensor& logits, const Tensor& target,
                               const CrossEntropyOptions& options) {
  return compose(logits, target, options, textbook::log_softmax, [](const ClassRows& rows) {
    return nll_of_rows(rows, textbook::log_softmax(rows.scores, 1));
  });
}

OpInfos cross_entropy_ops() { return {op_info<CrossEntropy>()}; }

FusedPairs cross_entropy_pairs() {
  const std::vector<int64_t> classes{16, kIgnoreIndex, 0, 3};
  const Tensor target = tensor(classes, {4});
  const auto pair = [&](std::string name, const CrossEntropyOptions& options) {
    return FusedPair{
        std::move(name),
        {sample_normal({4, 17})},
        [=](const Tensors& x) { return cross_entropy(x[0], target, options); },
        [=](const Tensors& x) { return textbook::cross_entropy(x[0], target, options); }};
  };
  return {pair("cross_entropy", {}), pair("cross_entropy, smoothed", {.label_smoothing = 0.1})};
}

}  // namespace gradus
