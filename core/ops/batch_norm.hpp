// Batch normalisation (Ioffe and Szegedy 2015).
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

struct BatchNormOptions {
  bool training = false;
  double momentum = 0.1;  // the weight of a new batch in the running statistics
  double eps = 1e-5;
};

// y = weight·(x − mean) / √(var + eps) + bias:  x [batch, channels, ...], all others [channels].
// In training, mean and (biased) variance are those of the batch, for each channel, and the running
// ones move towards them in place, the variance towards the unbiased one:
//   running = (1 − momentum)·running + momentum·that of the batch
// In evaluation the running statistics are used, and stay. Any of the vectors may be undefined, but
// not the running ones in evaluation. Throws ValueError when training on one value for a channel.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight = {}, const Tensor& bias = {},
                  BatchNormOptions options = {});

OpInfos batch_norm_ops();

}  // namespace gradus
