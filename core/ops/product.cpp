#include "core/ops/product.hpp"

#include "core/ops/elementwise.hpp"
#include "core/ops/matmul.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

void check_dims(std::string_view op, const Tensor& a, int64_t a_dims, const Tensor& b,
                int64_t b_dims) {
  require<ShapeError>(a.dim() == a_dims && b.dim() == b_dims,
                      "{}: expected {} and {} dimensions, got {} and {}", op, a_dims, b_dims,
                      a.shape(), b.shape());
  require_same_dtype(op, a.dtype(), b.dtype());
}

using Product = Tensor(const Tensor&, const Tensor&);

template <Product* product>
Samples samples_of(const Shape& a, const Shape& b) {
  const auto call = [](const Tensors& in) { return product(in[0], in[1]); };
  Shape one_a(a.size(), 1), one_b(b.size(), 1);
  return {{"rectangles", {sample_normal(a), sample_normal(b, 1)}, call},
          {"single elements", {sample_normal(one_a), sample_normal(one_b, 1)}, call}};
}

Samples dot_samples() { return samples_of<dot>({4}, {4}); }
Samples mv_samples() { return samples_of<mv>({2, 3}, {3}); }
Samples outer_samples() { return samples_of<outer>({2}, {3}); }
Samples bmm_samples() { return samples_of<bmm>({3, 2, 4}, {3, 4, 2}); }

Samples addmm_samples() {
  const Tensor a = sample_normal({4, 3}), b = sample_normal({3, 4}, 1);
  return {{"matrix",
           {sample_normal({4, 4}, 2), a, b},
           [](const Tensors& in) { return addmm(in[0], in[1], in[2]); }},
          {"row, scaled", {sample_normal({4}, 2), a, b}, [](const Tensors& in) {
             return addmm(in[0], in[1], in[2], {.beta = 0.5, .alpha = -2});
           }}};
}

}  // namespace

Tensor dot(const Tensor& a, const Tensor& b) {
  check_dims("dot", a, 1, b, 1);
  require<ShapeError>(a.numel() == b.numel(), "dot: the vectors have {} and {} elements", a.numel(),
                      b.numel());
  return sum(a * b);
}

Tensor mv(const Tensor& a, const Tensor& x) {
  check_dims("mv", a, 2, x, 1);
  require<ShapeError>(a.size(1) == x.size(0), "mv: the vector {} does not fit the matrix {}",
                      x.shape(), a.shape());
  return matmul(a, x);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  check_dims("outer", a, 1, b, 1);
  return unsqueeze(a, 1) * b;
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  check_dims("bmm", a, 3, b, 3);
  require<ShapeError>(a.size(0) == b.size(0) && a.size(2) == b.size(1),
                      "bmm: batches or inner dimensions differ: {} × {}", a.shape(), b.shape());
  return matmul(a, b);
}

Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, AddmmOptions options) {
  check_dims("addmm", a, 2, b, 2);
  require<ShapeError>(a.size(1) == b.size(0), "addmm: inner dimensions differ: {} × {}", a.shape(),
                      b.shape());
  require<ShapeError>(stretches_to(input.shape(), {a.size(0), b.size(1)}),
                      "addmm: {} does not broadcast to the product [{}, {}]", input.shape(),
                      a.size(0), b.size(1));
  return input * options.beta + matmul(a, b) * options.alpha;
}

OpInfos product_ops() {
  return {OpInfo{"dot", &dot_samples}, OpInfo{"mv", &mv_samples}, OpInfo{"outer", &outer_samples},
          OpInfo{"bmm", &bmm_samples}, OpInfo{"addmm", &addmm_samples}};
}

}  // namespace gradus
