#include "nn/layers.hpp"

#include <cmath>

#include "core/ops/ops.hpp"
#include "nn/init.hpp"

namespace gradus::nn {
Linear::Linear(LinearOptions options) {
  require<ValueError>(options.in > 0 && options.out > 0,
                      "Linear: sizes must be positive, got in = {}, out = {}", options.in,
                      options.out);
  const double bound = 1 / std::sqrt(static_cast<double>(options.in));
  weight = add_parameter("weight", uniform_init({options.out, options.in}, bound));
  if (options.bias) bias = add_parameter("bias", uniform_init({options.out}, bound));
}

Tensor Linear::forward(const Tensor& x) const { return linear(x, weight, bias); }

Embedding::Embedding(EmbeddingOptions options) {
  require<ValueError>(options.count > 0 && options.dim > 0,
                      "Embedding: sizes must be positive, got count = {}, dim = {}", options.count,
                      options.dim);
  weight = add_parameter("weight", normal_init({options.count, options.dim}, 1));
}

Tensor Embedding::forward(const Tensor& index) const { return embedding(index, weight); }

LayerNorm::LayerNorm(LayerNormOptions options) : eps(options.eps) {
  weight = add_parameter("weight", ones({options.dim}));
  bias = add_parameter("bias", zeros({options.dim}));
}

Tensor LayerNorm::forward(const Tensor& x) const { return layer_norm(x, weight, bias, eps); }

Dropout::Dropout(double p) : p_(p) {
  require<ValueError>(p >= 0 && p < 1, "Dropout: the probability must be in [0, 1), got {}", p);
}

Tensor Dropout::forward(const Tensor& x) const {
  if (probability() == 0) return x;
  return dropout(x, probability(), next_stream());
}

RandomStream Dropout::next_stream() const {
  return probability() > 0 ? default_generator().next() : RandomStream{};
}

Tensor Gelu::forward(const Tensor& x) const { return gelu(x); }

}  // namespace gradus::nn
