#include "core/ops/loss.hpp"

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

// How many targets count. Throws for a target that is not a class.
int64_t count_targets(const Tensor& logits, const Tensor& target, int64_t ignore_index) {
  require<ShapeError>(logits.dim() == 2 && target.shape() == Shape{logits.size(0)},
                      "cross_entropy: targets {} do not fit logits {} [rows, classes]",
                      to_string(target.shape()), to_string(logits.shape()));
  require<DTypeError>(target.dtype() == DType::int64,
                      "cross_entropy: targets must be int64 class indices, not {}",
                      name_of(target.dtype()));
  int64_t count = 0;
  for (const int64_t t : target.to_vector<int64_t>()) {
    if (t == ignore_index) continue;
    require<IndexError>(t >= 0 && t < logits.size(1),
                        "cross_entropy: target {} is out of range for {} classes", t,
                        logits.size(1));
    ++count;
  }
  return count;
}

// −log softmax(x)[target] for each row, 0 where ignored
Tensor textbook_row_losses(const Tensor& x, const Tensor& target, int64_t ignore_index) {
  const Tensor classes = arange(x.size(1));                                 // [classes]
  const Tensor one_hot = to(eq(unsqueeze(target, 1), classes), x.dtype());  // [rows, classes]
  const Tensor counts = to(ne(target, scalar(static_cast<double>(ignore_index), DType::int64)),
                           x.dtype());  // [rows]
  return -(counts * sum(textbook::log_softmax(x, 1) * one_hot, {1}));
}

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
          [this](const Tensors& in) { return textbook_row_losses(in[0], target, ignore_index); },
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
    const std::vector<int64_t> classes{4, kIgnoreIndex, 0};
    const Tensor target = tensor(classes, {3});
    return {{"one row ignored", {sample_normal({3, 5})}, [target](const Tensors& in) {
               return cross_entropy(in[0], target);
             }}};
  }
};

Tensor average(const Tensor& losses, int64_t count) {
  return sum(losses) / static_cast<double>(count);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target, int64_t ignore_index) {
  const int64_t count = count_targets(logits, target, ignore_index);
  return average(apply(CrossEntropy{ignore_index, target.contiguous()}, logits), count);
}

Tensor textbook::cross_entropy(const Tensor& logits, const Tensor& target, int64_t ignore_index) {
  const int64_t count = count_targets(logits, target, ignore_index);
  return average(textbook_row_losses(logits, target, ignore_index), count);
}

OpInfos loss_ops() { return {op_info<CrossEntropy>()}; }

FusedPairs loss_pairs() {
  const std::vector<int64_t> classes{16, kIgnoreIndex, 0, 3};
  const Tensor target = tensor(classes, {4});
  return {{"cross_entropy",
           {sample_normal({4, 17})},
           [=](const Tensors& x) { return cross_entropy(x[0], target); },
           [=](const Tensors& x) { return textbook::cross_entropy(x[0], target); }}};
}

}  // namespace gradus
