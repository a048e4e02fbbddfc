#include "core/ops/reduction.hpp"

#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// The dimensions that stay, then the reduced ones.
std::vector<int64_t> reduced_last(const std::vector<bool>& reduced) {
  std::vector<int64_t> order;
  for (const bool behind : {false, true}) {
    for (size_t d = 0; d < reduced.size(); ++d) {
      if (reduced[d] == behind) order.push_back(static_cast<int64_t>(d));
    }
  }
  return order;
}

}  // namespace

std::vector<bool> reduced_dims(std::string_view op, const Dims& dims, int64_t ndim) {
  if (ndim == 0) {  // a scalar may be reduced over dimension 0 or −1, as if it had one
    for (const int64_t dim : dims.named) normalize_dim(op, dim, 1);
    return {};
  }
  std::vector<bool> reduced(static_cast<size_t>(ndim), dims.named.empty());
  for (const int64_t dim : dims.named) {
    const auto d = static_cast<size_t>(normalize_dim(op, dim, ndim));
    require<IndexError>(!reduced[d], "{}: dimension {} is named twice", op, dim);
    reduced[d] = true;
  }
  return reduced;
}

Shape reduced_shape(const Shape& shape, const std::vector<bool>& reduced, bool keepdim) {
  Shape result;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (!reduced[d]) result.push_back(shape[d]);
    if (reduced[d] && keepdim) result.push_back(1);
  }
  return result;
}

Tensor with_reduced_last(const Tensor& x, const std::vector<bool>& reduced) {
  return contiguous(permute(x, reduced_last(reduced)));
}

Tensor from_reduced_last(const Tensor& x, const std::vector<bool>& reduced) {
  const std::vector<int64_t> order = reduced_last(reduced);
  std::vector<int64_t> inverse(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    inverse[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  }
  return permute(x, inverse);
}

}  // namespace gradus
