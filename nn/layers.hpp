// The small layers. Parameters have PyTorch's names, shapes and initial distributions, drawn from
// default_generator().
#pragma once

#include "core/random/philox.hpp"
#include "nn/module.hpp"

namespace gradus::nn {

struct LinearOptions {
  int64_t in, out;
  bool bias = true;
};

// y = x·Wᵀ + b;   weight [out, in] and bias [out], uniform in ±1/√in
class Linear : public Module {
 public:
  explicit Linear(LinearOptions options);
  Tensor forward(const Tensor& x) const;  // [..., in] → [..., out]

  Tensor weight, bias;  // bias is undefined when there is none
};

struct EmbeddingOptions {
  int64_t count, dim;
};

// One vector for each of `count` indices;   weight [count, dim], normal with variance 1
class Embedding : public Module {
 public:
  explicit Embedding(EmbeddingOptions options);
  Tensor forward(const Tensor& index) const;  // [...] int64 → [..., dim]

  Tensor weight;
};

struct LayerNormOptions {
  int64_t dim;
  double eps = 1e-5;
};

// Ba et al. 2016, over the last dimension;   weight (γ) of ones and bias (β) of zeros, both [dim]
class LayerNorm : public Module {
 public:
  explicit LayerNorm(LayerNormOptions options);
  Tensor forward(const Tensor& x) const;  // [..., dim] → [..., dim]

  Tensor weight, bias;
  const double eps;
};

// Srivastava et al. 2014: in training, zeroes elements with probability p and scales the others by
// 1/(1 − p). Every call draws a new mask from default_generator().
class Dropout : public Module {
 public:
  explicit Dropout(double p);
  Tensor forward(const Tensor& x) const;

  // The probability that counts now, 0 outside training: for operations that fuse dropout.
  double probability() const { return is_training() ? p_ : 0; }
  RandomStream next_stream() const;  // of the next mask; any, where there is none

 private:
  double p_;
};

// Hendrycks and Gimpel 2016, with the exact Φ.
class Gelu : public Module {
 public:
  Tensor forward(const Tensor& x) const;
};

}  // namespace gradus::nn
