#include "core/tensor/shape.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.hpp"

namespace gradus {

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

int64_t numel(const Shape& shape) {
  int64_t product = 1;  // of the sizes that are not 0: strides must fit as well
  bool overflow = false, is_empty = false;
  for (int64_t size : shape) {
    require<ShapeError>(size >= 0, "shape {}: a size is negative", shape);
    overflow |= __builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product);
    is_empty |= size == 0;
  }
  require<ShapeError>(!overflow, "shape {}: too many elements", shape);
  return is_empty ? 0 : product;
}

Shape contiguous_strides(const Shape& shape) {
  Shape strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

int64_t normalize_dim(std::string_view op, int64_t dim, int64_t ndim) {
  require<IndexError>(dim >= -ndim && dim < ndim,
                      "{}: dimension {} is out of range for a tensor of {} dimensions", op, dim,
                      ndim);
  return dim < 0 ? dim + ndim : dim;
}

Shape broadcast_shapes(std::string_view op, const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {  // i counts from the last dimension
    const int64_t size_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t size_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    require<ShapeError>(size_a == size_b || size_a == 1 || size_b == 1,
                        "{}: shapes do not broadcast: {} and {}", op, a, b);
    result[result.size() - 1 - i] = size_a == 1 ? size_b : size_a;
  }
  return result;
}

bool stretches_to(const Shape& shape, const Shape& to) {
  if (shape.size() > to.size()) return false;
  const auto aligned = to.end() - static_cast<std::ptrdiff_t>(shape.size());
  return std::equal(shape.begin(), shape.end(), aligned,
                    [](int64_t size, int64_t wanted) { return size == wanted || size == 1; });
}

Shape broadcast_strides(const Shape& shape, const Shape& strides, const Shape& to) {
  Shape result(to.size());
  for (size_t d = 0; d < to.size(); ++d) result[d] = broadcast_stride(shape, strides, to, d);
  return result;
}

}  // namespace gradus
