// Several tensors made one, and borders.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Along an existing dimension; all others must be equal. Throws ShapeError or DTypeError otherwise,
// and ValueError for an empty list.
Tensor cat(const Tensors& tensors, int64_t dim = 0);
// Along a new dimension before `dim`.
Tensor stack(const Tensors& tensors, int64_t dim = 0);

// `value` around x: sizes[0] elements before and sizes[1] after it along the last dimension, the next
// two along the one before it, and so on. A negative size cuts.
Tensor pad(const Tensor& x, const std::vector<int64_t>& sizes, double value = 0);

OpInfos join_ops();

}  // namespace gradus
