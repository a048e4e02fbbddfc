// Indexing with tensors, as between the brackets of x[...] in NumPy.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// x[indices[0], indices[1], ...], one index for each of the first dimensions: int64 tensors, which
// broadcast against each other and may be negative; a bool tensor in place of the dimensions that
// it has, for where it is true; an undefined tensor for all of a dimension (":"). The dimensions
// indexed make place for those of the indices: at the front, unless they are neighbours. Throws
// IndexError for an index out of range.
Tensor index(const Tensor& x, const Tensors& indices);

// The elements of x where mask (bool) is true, as a vector; the two broadcast.
Tensor masked_select(const Tensor& x, const Tensor& mask);

// The indices of what is not 0, row by row: int64 [count, dim], no gradient.
Tensor nonzero(const Tensor& x);

// 1 at [..., index[...]], else 0: int64 [..., classes]. -1: as many classes as the largest asks.
Tensor one_hot(const Tensor& index, int64_t classes = -1);

OpInfos lookup_ops();

}  // namespace gradus
