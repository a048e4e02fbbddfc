// Products under the names that say what is multiplied. matmul.hpp has the general one.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Σ_i a_i·b_i:  a and b [n] → []
Tensor dot(const Tensor& a, const Tensor& b);
// y_i = Σ_j a_ij·x_j:  a [m, n], x [n] → [m]
Tensor mv(const Tensor& a, const Tensor& x);
// y_ij = a_i·b_j:  a [m], b [n] → [m, n]
Tensor outer(const Tensor& a, const Tensor& b);
// A product for each of a batch:  a [batch, m, k], b [batch, k, n] → [batch, m, n]
Tensor bmm(const Tensor& a, const Tensor& b);

struct AddmmOptions {
  double beta = 1;
  double alpha = 1;
};
// beta·input + alpha·a·b:  a [m, k], b [k, n], input broadcasts to [m, n]
Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, AddmmOptions options = {});

OpInfos product_ops();

}  // namespace gradus
