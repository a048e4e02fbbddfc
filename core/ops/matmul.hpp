// Matrix products.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// a [..., m, k] · b [..., k, n] → [..., m, n]; leading dimensions broadcast. A vector counts as a row
// (a) or a column (b), and that dimension is dropped from the result, as in PyTorch.
Tensor matmul(const Tensor& a, const Tensor& b);

// y = x·Wᵀ + b:  x [..., in], weight [out, in], bias [out] or undefined → [..., out]
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

namespace textbook {
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
}

OpInfos matmul_ops();
FusedPairs matmul_pairs();

}  // namespace gradus
