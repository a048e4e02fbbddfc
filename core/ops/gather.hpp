// Reading and adding to one element at a time, each at an index of its own along a dimension.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// For dim = 1:   y[i][j] = x[i][index[i][j]]
// The index is int64, has as many dimensions as x, and is not larger in the others; the result has
// its shape. Throws IndexError for an index out of range.
Tensor gather(const Tensor& x, int64_t dim, const Tensor& index);

// For dim = 1:   y = x, y[i][index[i][j]] += source[i][j]
// The index is not larger than the source in any dimension, nor than x in others than `dim`.
Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);

OpInfos gather_ops();

}  // namespace gradus
