#include "core/ops/triangle.hpp"

#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// j − i for element (i, j) of a matrix with the last two sizes of x: which diagonal it is on
Tensor diagonals(std::string_view op, const Tensor& x) {
  require<ShapeError>(x.dim() >= 2, "{}: expected at least two dimensions, got shape {}", op,
                      x.shape());
  return arange(x.size(-1)) - arange(x.size(-2)).view({x.size(-2), 1});
}

// y_ij = j − i ≤ k ? x_ij : 0;   dx_ij = j − i ≤ k ? dy_ij : 0
Samples tril_samples() {
  const Tensor x = sample_normal({2, 3, 3});
  return {
      {"main", {x}, [](const Tensors& in) { return tril(in[0]); }},
      {"wide, above", {sample_normal({2, 4})}, [](const Tensors& in) { return tril(in[0], 1); }}};
}

// y_ij = j − i ≥ k ? x_ij : 0;   dx_ij = j − i ≥ k ? dy_ij : 0
Samples triu_samples() {
  const Tensor x = sample_normal({2, 3, 3});
  return {
      {"main", {x}, [](const Tensors& in) { return triu(in[0]); }},
      {"wide, above", {sample_normal({2, 4})}, [](const Tensors& in) { return triu(in[0], 1); }}};
}

}  // namespace

Tensor tril(const Tensor& x, int64_t k) {
  return masked_fill(x, gt(diagonals("tril", x), static_cast<double>(k)), 0);
}
Tensor triu(const Tensor& x, int64_t k) {
  return masked_fill(x, lt(diagonals("triu", x), static_cast<double>(k)), 0);
}

OpInfos triangle_ops() { return {OpInfo{"tril", tril_samples}, OpInfo{"triu", triu_samples}}; }

}  // namespace gradus
