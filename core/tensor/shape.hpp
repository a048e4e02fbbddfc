// Shapes and strides, counted in elements; dimension 0 is the outermost. A dimension given as
// negative counts from the end, as in PyTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus {

using Shape = std::vector<int64_t>;

// The dimensions that a reduction goes over: one, several, or, where none is named, all.
struct Dims {
  std::vector<int64_t> named{};
  Dims() = default;
  Dims(int64_t dim) : named{dim} {}                           // implicit: sum(x, -1)
  Dims(std::initializer_list<int64_t> dims) : named(dims) {}  // sum(x, {0, 2})
  Dims(std::vector<int64_t> dims) : named(std::move(dims)) {}
};

// "[2, 3]"
std::string to_string(const Shape& shape);

// Product of the sizes; 1 for []. Throws ShapeError if a size is negative or the product overflows.
int64_t numel(const Shape& shape);

// Strides of a row-major array without gaps: [2, 3, 4] → [12, 4, 1].
Shape contiguous_strides(const Shape& shape);

// dim in [-ndim, ndim) → [0, ndim). Throws IndexError that names `op`.
int64_t normalize_dim(std::string_view op, int64_t dim, int64_t ndim);

// The common shape of two operands: sizes are aligned at the last dimension, and a size of 1
// stretches. Throws ShapeError that names `op` and both shapes.
Shape broadcast_shapes(std::string_view op, const Shape& a, const Shape& b);

// Whether `shape` broadcasts to `to`, leaving `to` as it is.
bool stretches_to(const Shape& shape, const Shape& to);

// The stride with which a tensor (shape, strides) is read along dimension `d` as if it had shape `to`: 0
// where it stretches. The shapes must broadcast.
inline int64_t broadcast_stride(const Shape& shape, const Shape& strides, const Shape& to,
                                size_t d) {
  const size_t lead = to.size() - shape.size();
  return d < lead || (shape[d - lead] == 1 && to[d] != 1) ? 0 : strides[d - lead];
}

// The same along every dimension.
Shape broadcast_strides(const Shape& shape, const Shape& strides, const Shape& to);

}  // namespace gradus
