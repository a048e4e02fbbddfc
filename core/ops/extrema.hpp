// The largest and the smallest elements, and where they are. NaN counts as larger than any number
// where the largest is wanted and as smaller where the smallest is, so that it is not lost.
#pragma once

#include <optional>

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Over `dims`, which may be negative; all if none is named. Equal extrema share the gradient.
// Throws ShapeError for a dimension without elements.
Tensor amax(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor amin(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor max(const Tensor& x);  // of all elements
Tensor min(const Tensor& x);

struct ValuesAndIndices {
  Tensor values;
  Tensor indices;  // int64: of the values along the dimension
};

// Along one dimension; the first of equal extrema is found and gets the gradient.
ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim = false);
ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim = false);

// The index of the first extremum along `dim`, or in the flattened tensor: int64, no gradient.
Tensor argmax(const Tensor& x, std::optional<int64_t> dim = {}, bool keepdim = false);
Tensor argmin(const Tensor& x, std::optional<int64_t> dim = {}, bool keepdim = false);

OpInfos extrema_ops();

}  // namespace gradus
