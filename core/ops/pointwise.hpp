// What element-wise operations are made of. Included by their files alone.
#pragma once

#include <cmath>
#include <limits>

#include "core/autograd/samples.hpp"
#include "core/tensor/loop.hpp"

namespace gradus {

// Of masks and norms too.
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// y = f(x), for floating dtypes
template <class F>
Tensor unary(std::string_view op, const Tensor& x, F f) {
  const Tensor y = empty_like(x);
  dispatch_floating(op, x.dtype(), [&]<class T>() { map<T, T>(y, f, x); });
  return y;
}

// y = f(a, b), broadcast, for any dtype but bool
template <class F>
Tensor binary(std::string_view op, const Tensor& a, const Tensor& b, F f) {
  require_same_dtype(op, a.dtype(), b.dtype());
  const Tensor y = empty(broadcast_shapes(op, a.shape(), b.shape()), a.dtype());
  if (a.dtype() == DType::int64) {
    map<int64_t, int64_t, int64_t>(y, f, a, b);
  } else {
    dispatch_floating(op, a.dtype(), [&]<class T>() { map<T, T, T>(y, f, a, b); });
  }
  return y;
}

// A tensor of one element that stands beside x in a binary operation.
inline Tensor scalar_like(const Tensor& x, double value) {
  require<DTypeError>(x.dtype() != DType::int64 || value == std::trunc(value),
                      "{} is not an int64; convert the tensor with to()", value);
  return scalar(value, x.dtype());
}

// A matrix and a scalar with elements in [low, high).
inline Samples unary_samples(Tensor (*f)(const Tensor&), double low, double high) {
  const auto call = [f](const Tensors& x) { return f(x[0]); };
  return {{"matrix", {sample_uniform({3, 3}, low, high)}, call},
          {"scalar", {sample_uniform({}, low, high)}, call}};
}

// Two inputs of one shape, and two that broadcast against each other.
inline Samples binary_samples(Tensor (*f)(const Tensor&, const Tensor&), double low, double high) {
  const auto call = [f](const Tensors& x) { return f(x[0], x[1]); };
  const auto input = [=](const Shape& shape, uint64_t which) {
    return sample_uniform(shape, low, high, which);
  };
  return {{"same shape", {input({3, 3}, 0), input({3, 3}, 1)}, call},
          {"broadcast", {input({2, 1, 3}, 0), input({4, 1}, 1)}, call}};
}

}  // namespace gradus
