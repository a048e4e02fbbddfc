// Tensors as text, in PyTorch's form:
//   tensor([[ 0.5000, -1.0000],
//           [ 2.0000,  0.2500]], requires_grad=true)
// Of more than 1000 elements, only the first and last three of each dimension are shown.
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/tensor/tensor.hpp"

namespace gradus {

// Four decimals, in scientific notation where the sizes differ too much for them; "tensor(undefined)"
// for none. dtypes other than float32, int64 and bool are named.
std::string to_string(const Tensor& tensor);

}  // namespace gradus

// fmt::print("{}\n", x);
template <>
struct fmt::formatter<gradus::Tensor> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const gradus::Tensor& tensor, Context& context) const {
    return fmt::formatter<std::string_view>::format(gradus::to_string(tensor), context);
  }
};
