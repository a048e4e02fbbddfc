#include "core/ops/loss.hpp"

#include <cmath>

#include "core/autograd/apply.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/reduce.hpp"
#include "core/tensor/loop.hpp"

namespace gradus {
namespace {

// Shapes must be equal: [batch, 1] and [batch] would broadcast to [batch, batch] unnoticed.
void check_pair(std::string_view op, const Tensor& input, const Tensor& target) {
  require<ShapeError>(input.shape() == target.shape(), "{}: input {} and target {} differ", op,
                      input.shape(), target.shape());
  require_same_dtype(op, input.dtype(), target.dtype());
}

// l = max(x, 0) − x·t + log(1 + exp(−|x|));   dx = dl·(σ(x) − t), dt = −dl·x
struct BinaryCrossEntropy {
  static constexpr std::string_view name = "binary_cross_entropy_with_logits";
  Saved x{}, target{};
  Tensor forward(const Tensor& logits, const Tensor& t) {
    x = logits, target = t;
    const Tensor losses = empty_like(logits);
    dispatch_floating(name, logits.dtype(), [&]<class T>() {
      const auto loss = [](T value, T label) {
        return std::max(value, T{0}) - value * label + std::log1p(std::exp(-std::abs(value)));
      };
      map<T, T, T>(losses, loss, logits, t);
    });
    return losses;
  }
  Tensors backward(const Tensor& dl) const {
    return {needs_grad(0) ? dl * (sigmoid(x) - target) : Tensor(),
            needs_grad(1) ? -dl * x : Tensor()};
  }
  // σ(x) = exp(−l) of a positive target, to the last digit also where it is small
  static Tensor sigmoid(const Tensor& logits) {
    return exp(-apply(BinaryCrossEntropy{}, logits, ones_like(logits)));
  }
  static Samples samples() {
    const Tensors inputs{sample_normal({3, 3}), sample_uniform({3, 3}, 0, 1, 1)};
    const auto weighted = [](const Tensors& in) {
      const Tensor weights = to(tensor({0.5, 2, 3}), in[0].dtype());
      return binary_cross_entropy_with_logits(
          in[0], in[1],
          {.weight = weights, .pos_weight = weights + 1.0, .reduction = Reduction::none});
    };
    return {{"mean", inputs,
             [](const Tensors& in) { return binary_cross_entropy_with_logits(in[0], in[1]); }},
            {"weights", inputs, weighted},
            {"scalar", {sample_normal({}), sample_uniform({}, 0, 1, 1)}, [](const Tensors& in) {
               return binary_cross_entropy_with_logits(in[0], in[1], {.reduction = Reduction::sum});
             }}};
  }
};

Samples mse_samples() {
  const auto with = [](Reduction reduction) {
    return [=](const Tensors& in) { return mse_loss(in[0], in[1], reduction); };
  };
  return {{"mean", {sample_normal({2, 3}), sample_normal({2, 3}, 1)}, with(Reduction::mean)},
          {"sum of a scalar", {sample_normal({}), sample_normal({}, 1)}, with(Reduction::sum)},
          {"each", {sample_normal({3, 3}), sample_normal({3, 3}, 1)}, with(Reduction::none)}};
}

Samples kl_div_samples() {
  const auto with = [](KlDivOptions options) {
    return [=](const Tensors& in) { return kl_div(in[0], in[1], options); };
  };
  const Tensor input = sample_normal({2, 3});
  return {{"mean", {input, sample_uniform({2, 3}, 0.2, 1, 1)}, with({})},
          {"batchmean",
           {input, sample_uniform({2, 3}, 0.2, 1, 1)},
           with({.reduction = Reduction::batchmean})},
          {"logarithms, each",
           {sample_normal({3, 3}), sample_normal({3, 3}, 1)},
           with({.reduction = Reduction::none, .log_target = true})}};
}

}  // namespace

Tensor reduce_losses(std::string_view op, const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  if (reduction == Reduction::mean) return mean(losses);
  if (reduction == Reduction::sum) return sum(losses);
  require<ShapeError>(losses.dim() > 0, "{}: a scalar has no batch for batchmean", op);
  return sum(losses) / static_cast<double>(losses.size(0));
}

Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_pair("mse_loss", input, target);
  return reduce_losses("mse_loss", pow(input - target, 2), reduction);
}

Tensor kl_div(const Tensor& input, const Tensor& target, KlDivOptions options) {
  check_pair("kl_div", input, target);
  if (options.log_target) {
    return reduce_losses("kl_div", exp(target) * (target - input), options.reduction);
  }
  const Tensor positive = gt(target, zeros({}, target.dtype()));
  const Tensor log_target = log(where(positive, target, ones({}, target.dtype())));
  return reduce_losses("kl_div", target * (log_target - input), options.reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options) {
  constexpr std::string_view name = BinaryCrossEntropy::name;
  check_pair(name, logits, target);
  Tensor losses;
  if (options.pos_weight.defined()) {
    const Tensor of_one = apply(BinaryCrossEntropy{}, logits, ones_like(logits));
    const Tensor of_zero = apply(BinaryCrossEntropy{}, logits, zeros_like(logits));
    losses = options.pos_weight * target * of_one + (1 - target) * of_zero;
  } else {
    losses = apply(BinaryCrossEntropy{}, logits, target);
  }
  if (options.weight.defined()) losses = losses * options.weight;
  return reduce_losses(name, losses, options.reduction);
}

OpInfos loss_ops() {
  return {OpInfo{"mse_loss", &mse_samples}, OpInfo{"kl_div", &kl_div_samples},
          op_info<BinaryCrossEntropy>()};
}

}  // namespace gradus
