// Reading rows by index, and its backward, adding to them.
#pragma once

#include <string_view>

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// The entries index[0], index[1], ... (int64 [n]) of dimension `dim`, in that order. Throws
// IndexError for one out of range.
Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index);

// A zero tensor of `shape` to whose entry index[i] of dimension 0 the row x[i] is added.
Tensor index_add(const Shape& shape, const Tensor& index, const Tensor& x);

// Throws, in the name of `op`, unless index is int64 [n] with all of it in [0, size).
void check_index(std::string_view op, const Tensor& index, int64_t size);

OpInfos index_ops();

}  // namespace gradus
