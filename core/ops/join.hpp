// Several tensors made one.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Along an existing dimension; all others must be equal. Throws ShapeError or DTypeError otherwise,
// and ValueError for an empty list.
Tensor cat(const Tensors& tensors, int64_t dim = 0);
// Along a new dimension before `dim`.
Tensor stack(const Tensors& tensors, int64_t dim = 0);

OpInfos join_ops();

}  // namespace gradus
