// The inputs on which an operation is checked. They stand beside its forward and backward, and drive
// the gradient check, its table in the docs, and the gate that no operation goes without.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/creation.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

struct Sample {
  std::string name;  // "rows", "broadcast", ...
  Tensors inputs;    // float64; every one is differentiated
  std::function<Tensor(const Tensors&)> function;
  bool zero_gradient = false;  // declared: the gradient vanishes everywhere
  bool any_layout = true;      // false: refuses inputs that are not contiguous, as view does
};
using Samples = std::vector<Sample>;

// Normal numbers in float64, the same at every call; `which` tells several inputs apart.
inline Tensor sample_normal(const Shape& shape, uint64_t which = 0) {
  return randn(shape, {.seed = 20261121, .stream = which}, DType::float64);
}

// Uniform numbers in [low, high), for functions that are not defined everywhere.
inline Tensor sample_uniform(const Shape& shape, double low, double high, uint64_t which = 0) {
  const Tensor x = rand(shape, {.seed = 20261121, .stream = which}, DType::float64);
  double* values = x.data<double>();
  for (int64_t i = 0; i < x.numel(); ++i) values[i] = low + (high - low) * values[i];
  return x;
}

// What the registry knows of an operation.
struct OpInfo {
  std::string_view name;
  std::function<Samples()> samples;
};
using OpInfos = std::vector<OpInfo>;

template <class Op>
OpInfo op_info() {
  return {Op::name, &Op::samples};
}

// An operation in two forms: composed of primitive operations, and fused. One test compares the two,
// forward and backward, on these samples.
struct FusedPair {
  std::string name;
  Tensors inputs;
  std::function<Tensor(const Tensors&)> fused;
  std::function<Tensor(const Tensors&)> textbook;
};
using FusedPairs = std::vector<FusedPair>;

}  // namespace gradus
