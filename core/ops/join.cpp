#include "core/ops/join.hpp"

#include "core/autograd/apply.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// y = [x_1, x_2, ...] along dim;   dx_k = the part of dy that came from x_k
struct Cat {
  static constexpr std::string_view name = "cat";
  int64_t dim = 0;
  std::vector<int64_t> sizes{};
  Tensor forward(const Tensors& tensors) {
    const Tensor& first = tensors[0];
    dim = normalize_dim(name, dim, first.dim());
    const auto d = static_cast<size_t>(dim);
    Shape shape = first.shape();
    shape[d] = 0;
    for (const Tensor& x : tensors) {
      require_same_dtype(name, first.dtype(), x.dtype());
      Shape other = x.shape();
      require<ShapeError>(x.dim() == first.dim(), "cat: {} and {} have different dimensions",
                          to_string(first.shape()), to_string(other));
      sizes.push_back(other[d]);
      other[d] = shape[d];
      require<ShapeError>(other == shape, "cat: {} and {} differ in another dimension than {}",
                          to_string(first.shape()), to_string(x.shape()), dim);
      shape[d] += sizes.back();
    }
    const Tensor y = empty(shape, first.dtype());
    int64_t start = 0;
    for (const Tensor& x : tensors) {
      narrow(y, dim, start, x.size(dim)).copy_(x);
      start += x.size(dim);
    }
    return y;
  }
  Tensors backward(const Tensor& dy) const {
    Tensors dx;
    int64_t start = 0;
    for (int64_t size : sizes) {
      dx.push_back(narrow(dy, dim, start, size));
      start += size;
    }
    return dx;
  }
  static Samples samples() {
    return {{"columns", {sample_normal({2, 1}), sample_normal({2, 3}, 1)}, [](const Tensors& x) {
               return cat(x, 1);
             }}};
  }
};

}  // namespace

Tensor cat(const Tensors& tensors, int64_t dim) {
  require<ValueError>(!tensors.empty(), "cat: no tensors given");
  return gradus::apply(Cat{dim}, tensors);  // std::apply would be found as well
}

Tensor stack(const Tensors& tensors, int64_t dim) {
  Tensors rows;
  for (const Tensor& x : tensors) rows.push_back(unsqueeze(x, dim));
  return cat(rows, dim);
}

OpInfos join_ops() { return {op_info<Cat>()}; }

}  // namespace gradus
