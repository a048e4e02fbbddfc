// Embeddings: rows of a table that an index chooses (Bengio et al. 2003), and what BERT makes of three
// of them, in one operation.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/ops/layer_norm.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// weight[index]:  index [...] int64, weight [vocab, dim] → [..., dim]. Throws IndexError for an index
// out of range.
Tensor embedding(const Tensor& index, const Tensor& weight);

// dropout(layer_norm(Σ_t embedding(indices[t], tables[t]))), as at the beginning of BERT (Devlin et al.
// 2019), where word, position and type of each token are the indices.
//   indices [...] int64, all of one shape;  tables [any, dim];  gamma and beta [dim] → [..., dim]
// Throws IndexError for an index out of range, and says which shapes, types or numbers do not fit.
Tensor embedding_layer_norm(const Tensors& indices, const Tensors& tables, const Tensor& gamma,
                            const Tensor& beta, NormDropout options);

namespace textbook {
Tensor embedding_layer_norm(const Tensors& indices, const Tensors& tables, const Tensor& gamma,
                            const Tensor& beta, NormDropout options);
}  // namespace textbook

OpInfos embedding_ops();
FusedPairs embedding_pairs();

}  // namespace gradus
