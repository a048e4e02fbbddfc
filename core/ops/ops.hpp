// All operations: their headers, and below them the families that the registry checks.
#pragma once

#include "core/ops/activation.hpp"
#include "core/ops/attention.hpp"
#include "core/ops/batch_norm.hpp"
#include "core/ops/compare.hpp"
#include "core/ops/convolution.hpp"
#include "core/ops/cross_entropy.hpp"
#include "core/ops/cumulative.hpp"
#include "core/ops/dims.hpp"
#include "core/ops/dropout.hpp"
#include "core/ops/einsum.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/embedding.hpp"
#include "core/ops/extrema.hpp"
#include "core/ops/gather.hpp"
#include "core/ops/index.hpp"
#include "core/ops/inplace.hpp"
#include "core/ops/join.hpp"
#include "core/ops/layer_norm.hpp"
#include "core/ops/lookup.hpp"
#include "core/ops/loss.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/matmul.hpp"
#include "core/ops/nll.hpp"
#include "core/ops/order.hpp"
#include "core/ops/piecewise.hpp"
#include "core/ops/pool.hpp"
#include "core/ops/product.hpp"
#include "core/ops/rearrange.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/registry.hpp"
#include "core/ops/rms_norm.hpp"
#include "core/ops/scaled_dot_product_attention.hpp"
#include "core/ops/shape.hpp"
#include "core/ops/sigmoid.hpp"
#include "core/ops/slice.hpp"
#include "core/ops/softmax.hpp"
#include "core/ops/statistics.hpp"
#include "core/ops/triangle.hpp"
#include "core/ops/unary.hpp"
#include "core/ops/window.hpp"

namespace gradus {

inline constexpr OpInfos (*kOpFamilies[])() = {
    elementwise_ops, unary_ops,       piecewise_ops,     sigmoid_ops,
    mask_ops,        reduce_ops,      extrema_ops,       statistics_ops,
    cumulative_ops,  order_ops,       gather_ops,        rearrange_ops,
    shape_ops,       dims_ops,        slice_ops,         triangle_ops,
    lookup_ops,      join_ops,        index_ops,         matmul_ops,
    softmax_ops,     activation_ops,  layer_norm_ops,    dropout_ops,
    loss_ops,        nll_ops,         cross_entropy_ops, attention_ops,
    product_ops,     einsum_ops,      rms_norm_ops,      batch_norm_ops,
    window_ops,      convolution_ops, pool_ops,          scaled_dot_product_attention_ops,
    inplace_ops,     embedding_ops,
};
inline constexpr FusedPairs (*kFusedFamilies[])() = {
    matmul_pairs,        softmax_pairs,   activation_pairs, layer_norm_pairs,
    cross_entropy_pairs, attention_pairs, embedding_pairs,
};

}  // namespace gradus
