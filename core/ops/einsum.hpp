// Sums of products in Einstein's notation.
#pragma once

#include <string_view>

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// A letter names each dimension of each operand, and an index that the output does not name is
// summed over, as in PyTorch:
//   einsum("ij,jk->ik", {a, b})         product of matrices
//   einsum("bhqd,bhkd->bhqk", {q, k})   scores of attention
//   einsum("ii", {a})                   trace: a repeated letter takes the diagonal
//   einsum("...ij->...ji", {a})         any dimensions before, broadcast among the operands
// Without "->" the output has the dimensions of the ellipsis, then the letters that occur once, in
// alphabetical order (capitals first). Operands are multiplied from left to right. Throws
// ValueError for an equation that cannot be read, ShapeError for one that does not fit the shapes.
Tensor einsum(std::string_view equation, const Tensors& operands);

OpInfos einsum_ops();

}  // namespace gradus
