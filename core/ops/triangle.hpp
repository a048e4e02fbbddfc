// Triangles of matrices, in the last two dimensions.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// The elements on and below (tril) or above (triu) the k-th diagonal, counted upwards from the main
// one; 0 elsewhere.
Tensor tril(const Tensor& x, int64_t k = 0);
Tensor triu(const Tensor& x, int64_t k = 0);

OpInfos triangle_ops();

}  // namespace gradus
