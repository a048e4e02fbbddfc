// What the tests of layers and models share, beside tests/core/support.hpp.
#pragma once

#include "tests/core/support.hpp"

namespace gradus::test {

// Normal numbers in float32, in which layers compute; `which` tells several inputs apart.
inline Tensor input(const Shape& shape, uint64_t which = 0) {
  return normal(shape, which, DType::float32);
}

inline double largest(const Tensor& x) { return largest_difference(x, zeros(x.shape())); }

// A mask [batch, seq] that is 1 for the first lengths[b] tokens of row b and 0 for its padding.
inline Tensor mask_of_lengths(const std::vector<int64_t>& lengths, int64_t seq) {
  std::vector<int64_t> mask;
  for (const int64_t length : lengths) {
    for (int64_t i = 0; i < seq; ++i) mask.push_back(i < length);
  }
  return tensor(mask, {static_cast<int64_t>(lengths.size()), seq});
}

// Overwrites all parameters with normal numbers of deviation ½: far enough from their start that
// no part of a layer is close to doing nothing.
template <class Module>
void randomize(Module& module) {
  const NoGrad no_grad;
  uint64_t which = 1000;
  for (Tensor& parameter : module.parameters()) {
    parameter.copy_(input(parameter.shape(), which++) * 0.5);
  }
}

}  // namespace gradus::test
