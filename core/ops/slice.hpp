// Parts of a tensor at regular distances: views that share its memory.
#pragma once

#include <optional>

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Python's x[start:stop:step] along `dim`: negative bounds count from the end, bounds out of range
// are cut, and a bound left out is that of the dimension. Throws ValueError unless step > 0.
Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start = {},
             std::optional<int64_t> stop = {}, int64_t step = 1);

// The elements [i, i + offset] of dimensions dim1 and dim2, as a new last dimension.
Tensor diagonal(const Tensor& x, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);

// Windows of `size` elements along `dim`, each `step` after the one before: [..., n, ...] →
// [..., (n − size) / step + 1, ..., size]
Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step);

// Parts of `size` elements along `dim`, the last one perhaps smaller; or of the given sizes.
Tensors split(const Tensor& x, int64_t size, int64_t dim = 0);
Tensors split(const Tensor& x, const std::vector<int64_t>& sizes, int64_t dim = 0);
// At most `chunks` parts, all of one size but the last.
Tensors chunk(const Tensor& x, int64_t chunks, int64_t dim = 0);

OpInfos slice_ops();

}  // namespace gradus
