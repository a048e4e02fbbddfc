#include "core/ops/join.hpp"

#include <algorithm>

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
                          first.shape(), other);
      sizes.push_back(other[d]);
      other[d] = shape[d];
      require<ShapeError>(other == shape, "cat: {} and {} differ in another dimension than {}",
                          first.shape(), x.shape(), dim);
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
    return {{"columns", {sample_normal({3, 1}), sample_normal({3, 3}, 1)}, [](const Tensors& x) {
               return cat(x, 1);
             }}};
  }
};

// y_k = x_k along a new dimension;   dx_k = dy_k
Samples stack_samples() {
  const Tensors pair{sample_normal({2, 3}), sample_normal({2, 3}, 1)};
  return {{"rows",
           {sample_normal({3, 3}), sample_normal({3, 3}, 1)},
           [](const Tensors& x) { return stack(x); }},
          {"last", pair, [](const Tensors& x) { return stack(x, -1); }}};
}

// y = x, with c around it;   dx = dy where x is
Samples pad_samples() {
  const Tensor x = sample_normal({2, 3});
  return {{"columns",
           {sample_normal({3, 3})},
           [](const Tensors& in) {
             return pad(in[0], {1, 2});
           }},
          {"both, one cut", {x}, [](const Tensors& in) {
             return pad(in[0], {-1, 1, 0, 1}, 0.5);
           }}};
}

// x with `before` and `after` more elements along `dim`; fewer, if these are negative
Tensor padded(Tensor x, int64_t dim, int64_t before, int64_t after, double value) {
  const int64_t cut = std::max<int64_t>(-before, 0),
                length = x.size(dim) + std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0);
  require<ShapeError>(length >= 0, "pad: {} and {} leave nothing of dimension {} of {}", before,
                      after, dim, x.shape());
  const Tensor middle = narrow(x, dim, cut, length);
  const auto border = [&](int64_t size) {
    Shape shape = x.shape();
    shape[static_cast<size_t>(dim)] = std::max<int64_t>(size, 0);
    return full(shape, value, x.dtype());
  };
  return cat({border(before), middle, border(after)}, dim);
}

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

Tensor pad(const Tensor& x, const std::vector<int64_t>& sizes, double value) {
  require<ValueError>(sizes.size() % 2 == 0 && static_cast<int64_t>(sizes.size()) <= 2 * x.dim(),
                      "pad: expected two sizes for each of at most {} dimensions, got {}", x.dim(),
                      sizes.size());
  Tensor y = x.clone();
  for (size_t k = 0; k < sizes.size(); k += 2) {
    const int64_t dim = x.dim() - 1 - static_cast<int64_t>(k / 2);
    y = padded(y, dim, sizes[k], sizes[k + 1], value);
  }
  return y;
}

OpInfos join_ops() {
  return {op_info<Cat>(), OpInfo{"stack", stack_samples}, OpInfo{"pad", pad_samples}};
}

}  // namespace gradus
