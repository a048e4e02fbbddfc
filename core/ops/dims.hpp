// Dimensions swapped, merged, divided, added and removed: made of view, permute and narrow.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1);
Tensor squeeze(const Tensor& x, int64_t dim);    // removes a dimension of size 1
Tensor unsqueeze(const Tensor& x, int64_t dim);  // inserts one before `dim`
Tensor flatten(const Tensor& x, int64_t first = 0, int64_t last = -1);
Tensor unflatten(const Tensor& x, int64_t dim, const Shape& sizes);  // one size may be -1
Tensor as_rows(const Tensor& x);                                     // [..., cols] → [rows, cols]
Tensor select(const Tensor& x, int64_t dim, int64_t index);  // one element of it, without `dim`

OpInfos dims_ops();

}  // namespace gradus
