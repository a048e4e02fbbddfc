// Reductions. `dims` may be negative and must be distinct; an empty list reduces all. With keepdim,
// a reduced dimension stays with size 1.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor sum(const Tensor& x, const std::vector<int64_t>& dims = {}, bool keepdim = false);
Tensor mean(const Tensor& x, const std::vector<int64_t>& dims = {}, bool keepdim = false);
// The largest element along `dim`. Where several are equal, they share the gradient equally.
Tensor amax(const Tensor& x, int64_t dim, bool keepdim = false);
// The index of the first of the largest elements along `dim`: int64, without `dim`, no gradient.
Tensor argmax(const Tensor& x, int64_t dim);

// Sums x down to a shape that broadcasts to x's: the backward of broadcasting. x itself if equal.
Tensor sum_to(const Tensor& x, const Shape& shape);

OpInfos reduce_ops();

}  // namespace gradus
