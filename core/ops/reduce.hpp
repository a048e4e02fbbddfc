// Sums, means and products. `dims` may be negative and must be distinct; all are reduced if none
// is named. With keepdim, a reduced dimension stays with size 1.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/extrema.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor sum(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor mean(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor prod(const Tensor& x, const Dims& dims = {}, bool keepdim = false);

// Sums x down to a shape that broadcasts to x's: the backward of broadcasting. x itself if equal.
Tensor sum_to(const Tensor& x, const Shape& shape);

OpInfos reduce_ops();

}  // namespace gradus
