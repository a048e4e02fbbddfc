#include "core/ops/batch_norm.hpp"

#include "core/autograd/grad_mode.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

void check_channels(const char* what, const Tensor& vector, const Tensor& x) {
  if (!vector.defined()) return;
  require<ShapeError>(vector.shape() == Shape{x.size(1)},
                      "batch_norm: {} {} must have one element for each channel of {}", what,
                      vector.shape(), x.shape());
  require_same_dtype("batch_norm", x.dtype(), vector.dtype());
}

// [channels] → [channels, 1, ...], which broadcasts along the channels of x
Tensor along_channels(const Tensor& vector, const Tensor& x) {
  Shape shape(static_cast<size_t>(x.dim() - 1), 1);
  shape[0] = vector.size(0);
  return reshape(vector, shape);
}

// running = (1 − momentum)·running + momentum·batch
void move_towards(Tensor running, const Tensor& batch, double momentum) {
  if (!running.defined()) return;
  const NoGrad no_grad;
  running.mul_(1 - momentum).add_(batch.detach(), momentum);
}

struct Statistics {
  Tensor mean, var;  // [channels]
};

Statistics of_batch(const Tensor& x) {
  std::vector<int64_t> dims{0};
  for (int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
  const Tensor mean_of_channel = mean(x, dims);
  const Tensor centred = x - along_channels(mean_of_channel, x);
  return {mean_of_channel, mean(pow(centred, 2), dims)};
}

Samples batch_norm_samples() {
  const Tensors inputs{sample_normal({4, 2}), sample_uniform({2}, 0.5, 2, 1),
                       sample_normal({2}, 2)};
  const auto trained = [](const Tensors& in) {
    return batch_norm(in[0], {}, {}, in[1], in[2], {.training = true});
  };
  const auto evaluated = [](const Tensors& in) {
    const Tensor mean = to(tensor({0.5, -1}), in[0].dtype());
    const Tensor var = to(tensor({2, 0.5}), in[0].dtype());
    return batch_norm(in[0], mean, var, in[1], in[2]);
  };
  const auto bare = [](const Tensors& in) {
    return batch_norm(in[0], {}, {}, {}, {}, {.training = true});
  };
  return {{"training", inputs, trained},
          {"evaluation", inputs, evaluated},
          {"images, without weight and bias", {sample_normal({2, 2, 2, 2})}, bare}};
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight, const Tensor& bias, BatchNormOptions options) {
  require<ShapeError>(x.dim() >= 2, "batch_norm: input {} must be [batch, channels, ...]",
                      x.shape());
  check_channels("running_mean", running_mean, x);
  check_channels("running_var", running_var, x);
  check_channels("weight", weight, x);
  check_channels("bias", bias, x);
  require<ValueError>(options.training || (running_mean.defined() && running_var.defined()),
                      "batch_norm: evaluation needs running_mean and running_var");

  Statistics use{running_mean, running_var};
  if (options.training) {
    const int64_t count = x.size(1) == 0 ? 0 : x.numel() / x.size(1);
    require<ValueError>(count > 1,
                        "batch_norm: training needs more than one value for a channel, "
                        "got input {}",
                        x.shape());
    use = of_batch(x);
    const auto n = static_cast<double>(count);
    move_towards(running_mean, use.mean, options.momentum);
    move_towards(running_var, use.var.detach() * (n / (n - 1)), options.momentum);
  }
  Tensor y = (x - along_channels(use.mean, x)) / along_channels(sqrt(use.var + options.eps), x);
  if (weight.defined()) y = y * along_channels(weight, x);
  return bias.defined() ? y + along_channels(bias, x) : y;
}

OpInfos batch_norm_ops() { return {OpInfo{"batch_norm", &batch_norm_samples}}; }

}  // namespace gradus
