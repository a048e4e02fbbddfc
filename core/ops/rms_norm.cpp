#include "core/ops/rms_norm.hpp"

#include "core/ops/elementwise.hpp"
#include "core/ops/reduce.hpp"

namespace gradus {
namespace {

Samples rms_norm_samples() {
  return {{"rows",
           {sample_normal({2, 3, 3}), sample_normal({3}, 1)},
           [](const Tensors& in) { return rms_norm(in[0], in[1]); }},
          {"without weight", {sample_normal({4})}, [](const Tensors& in) {
             return rms_norm(in[0], {}, 0.1);
           }}};
}

}  // namespace

// ŷ = x / r,  y = weight·ŷ,   r = √(mean(x²) + eps) over each row
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  require<ShapeError>(x.dim() > 0, "rms_norm: a scalar has no rows");
  if (weight.defined()) {
    require<ShapeError>(weight.shape() == Shape{x.size(-1)},
                        "rms_norm: weight {} does not fit input {}", weight.shape(), x.shape());
  }
  const Tensor normalized = x / sqrt(mean(pow(x, 2), {-1}, true) + eps);
  return weight.defined() ? normalized * weight : normalized;
}

OpInfos rms_norm_ops() { return {OpInfo{"rms_norm", &rms_norm_samples}}; }

}  // namespace gradus
