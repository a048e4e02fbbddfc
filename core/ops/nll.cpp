#include "core/ops/nll.hpp"

#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

int64_t class_dim(const Tensor& scores) { return scores.dim() > 1 ? 1 : 0; }

void check_target(std::string_view op, const Tensor& scores, const Tensor& target,
                  int64_t ignore_index) {
  require<ShapeError>(target.shape() == shape_without_classes(op, scores),
                      "{}: targets {} do not fit logits {} [rows, classes]", op, target.shape(),
                      scores.shape());
  require<DTypeError>(target.dtype() == DType::int64,
                      "{}: targets must be int64 class indices, not {}", op,
                      name_of(target.dtype()));
  const int64_t classes = scores.size(class_dim(scores));
  for (const int64_t t : target.to_vector<int64_t>()) {
    require<IndexError>(t == ignore_index || (t >= 0 && t < classes),
                        "{}: target {} is out of range for {} classes", op, t, classes);
  }
}

Samples nll_samples() {
  const std::vector<int64_t> classes{4, kIgnoreIndex, 0};
  const Tensor target = tensor(classes, {3});
  const auto with = [target](Reduction reduction) {
    return [=](const Tensors& in) {
      const Tensor weight = to(tensor({0.5, 1, 2, 1, 3}), in[0].dtype());
      return nll_loss(in[0], target, {.weight = weight, .reduction = reduction});
    };
  };
  return {{"one row ignored",
           {sample_normal({3, 5})},
           [target](const Tensors& in) { return nll_loss(in[0], target); }},
          {"weights", {sample_normal({3, 5})}, with(Reduction::mean)},
          {"weights, each", {sample_normal({3, 5})}, with(Reduction::none)},
          {"one row", {sample_normal({5})}, [](const Tensors& in) {
             return nll_loss(in[0], scalar(2, DType::int64));
           }}};
}

}  // namespace

Shape shape_without_classes(std::string_view op, const Tensor& scores) {
  require<ShapeError>(scores.dim() > 0, "{}: a scalar has no dimension of classes", op);
  Shape shape = scores.shape();
  shape.erase(shape.begin() + class_dim(scores));
  return shape;
}

Tensor scores_as_rows(const Tensor& scores) {
  if (scores.dim() == 1) return unsqueeze(scores, 0);
  if (scores.dim() == 2) return scores;
  std::vector<int64_t> order{0};
  for (int64_t d = 2; d < scores.dim(); ++d) order.push_back(d);
  order.push_back(1);
  return as_rows(permute(scores, order));
}

void check_class_weight(std::string_view op, const Tensor& scores, const Tensor& weight) {
  if (!weight.defined()) return;
  const int64_t classes = scores.size(class_dim(scores));
  require<ShapeError>(weight.shape() == Shape{classes},
                      "{}: weight {} must have one element for each of {} classes", op,
                      weight.shape(), classes);
  require_same_dtype(op, scores.dtype(), weight.dtype());
}

ClassRows class_rows(std::string_view op, const Tensor& scores, const Tensor& target,
                     const NllOptions& options) {
  check_target(op, scores, target, options.ignore_index);
  check_class_weight(op, scores, options.weight);
  const Tensor classes = reshape(target, {-1});
  const Tensor ignored =
      eq(classes, scalar(static_cast<double>(options.ignore_index), DType::int64));
  const Tensor known = where(ignored, scalar(0, DType::int64), classes);
  const Tensor weight = options.weight.defined() ? index_select(options.weight.detach(), 0, known)
                                                 : ones(classes.shape(), scores.dtype());
  return {scores_as_rows(scores), classes, ignored, masked_fill(weight, ignored, 0),
          target.shape()};
}

// loss_i = −x_i,t(i): element i·classes + t(i) of all
Tensor nll_of_rows(const ClassRows& rows, const Tensor& log_probs) {
  const int64_t classes = log_probs.size(1);
  if (classes == 0) return zeros(rows.target.shape(), log_probs.dtype());  // all are ignored
  const Tensor known = where(rows.ignored, scalar(0, DType::int64), rows.target);
  const Tensor first =
      arange(log_probs.size(0)) * scalar(static_cast<double>(classes), DType::int64);
  const Tensor picked = index_select(reshape(log_probs, {-1}), 0, first + known);
  return masked_fill(-picked, rows.ignored, 0);
}

Tensor reduce_rows(std::string_view op, const ClassRows& rows, const Tensor& losses,
                   Reduction reduction) {
  require<ValueError>(reduction != Reduction::batchmean, "{}: batchmean is for kl_div alone", op);
  if (reduction == Reduction::none) return reshape(losses, rows.shape);
  return reduction == Reduction::sum ? sum(losses) : sum(losses) / sum(rows.weight);
}

Tensor nll_loss(const Tensor& log_probs, const Tensor& target, const NllOptions& options) {
  const ClassRows rows = class_rows("nll_loss", log_probs, target, options);
  const Tensor losses = nll_of_rows(rows, rows.scores);
  return reduce_rows("nll_loss", rows, options.weight.defined() ? losses * rows.weight : losses,
                     options.reduction);
}

OpInfos nll_ops() { return {OpInfo{"nll_loss", &nll_samples}}; }

}  // namespace gradus
