// Operations that move elements and compute nothing: views of the same memory and copies
// of a view. Backward of each is the move back.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/dims.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// The same elements in the same order under another shape of as many; one size may be -1. Throws
// ShapeError if the strides do not allow it without a copy, as after transpose().
Tensor view(const Tensor& x, const Shape& shape);
Tensor reshape(const Tensor& x, const Shape& shape);  // copies when view() would refuse
// Dimension d of the result is dimension dims[d] of x.
Tensor permute(const Tensor& x, const std::vector<int64_t>& dims);
// Sizes of 1 stretch, new dimensions come first; nothing is copied. -1 keeps a size.
Tensor expand(const Tensor& x, const Shape& shape);
// Elements start, ..., start + length − 1 of one dimension.
Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length);

Tensor clone(const Tensor& x);       // a contiguous copy
Tensor contiguous(const Tensor& x);  // x itself if it is contiguous

OpInfos shape_ops();

}  // namespace gradus
