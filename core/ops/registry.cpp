#include "core/ops/registry.hpp"

#include "core/ops/ops.hpp"

namespace gradus {
namespace {

template <class List>
List joined(std::initializer_list<List> families) {
  List all;
  for (const List& family : families) all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace

const OpInfos& op_registry() {
  static const OpInfos all =
      joined({elementwise_ops(), unary_ops(),      piecewise_ops(),
              sigmoid_ops(),     mask_ops(),       reduce_ops(),
              extrema_ops(),     statistics_ops(), cumulative_ops(),
              order_ops(),       gather_ops(),     rearrange_ops(),
              shape_ops(),       dims_ops(),       slice_ops(),
              triangle_ops(),    lookup_ops(),     join_ops(),
              index_ops(),       matmul_ops(),     softmax_ops(),
              activation_ops(),  layer_norm_ops(), dropout_ops(),
              loss_ops(),        nll_ops(),        cross_entropy_ops(),
              attention_ops(),   product_ops(),    einsum_ops(),
              rms_norm_ops(),    batch_norm_ops(), window_ops(),
              convolution_ops(), pool_ops(),       scaled_dot_product_attention_ops(),
              inplace_ops()});
  return all;
}

const FusedPairs& fused_pairs() {
  static const FusedPairs all =
      joined({matmul_pairs(), softmax_pairs(), activation_pairs(), layer_norm_pairs(),
              cross_entropy_pairs(), attention_pairs()});
  return all;
}

}  // namespace gradus
