// Sorting along a dimension. NaN counts as larger than any number; equal elements keep their order.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/extrema.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// The elements in ascending or descending order, and the index that each had.
ValuesAndIndices sort(const Tensor& x, int64_t dim = -1, bool descending = false);
Tensor argsort(const Tensor& x, int64_t dim = -1, bool descending = false);

// The k largest (or smallest) elements, the largest (or smallest) first.
ValuesAndIndices topk(const Tensor& x, int64_t k, int64_t dim = -1, bool largest = true);

OpInfos order_ops();

}  // namespace gradus
