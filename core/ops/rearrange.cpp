#include "core/ops/rearrange.hpp"

#include <algorithm>

#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/join.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// y_i = x_(n−1−i);   dx_i = dy_(n−1−i)
Samples flip_samples() {
  const Tensor x = sample_normal({2, 3, 2});
  return {{"one", {x}, [](const Tensors& in) { return flip(in[0], {1}); }},
          {"two", {x}, [](const Tensors& in) {
             return flip(in[0], {0, -1});
           }}};
}

// y_(i+s mod n) = x_i;   dx_i = dy_(i+s mod n)
Samples roll_samples() {
  const Tensor x = sample_normal({3, 4});
  return {{"one", {x}, [](const Tensors& in) { return roll(in[0], {1}, {1}); }},
          {"two, backwards", {x}, [](const Tensors& in) {
             return roll(in[0], {-1, 6}, {0, 1});
           }}};
}

// y_i = x_(i mod n);   dx_j = Σ dy_i over i = j, j + n, j + 2n, ...
Samples repeat_samples() {
  const Tensor x = sample_normal({2, 3});
  return {{"columns",
           {x},
           [](const Tensors& in) {
             return repeat(in[0], {1, 2});
           }},
          {"new dimension",
           {x},
           [](const Tensors& in) {
             return repeat(in[0], {2, 3, 1});
           }},
          {"scalar", {sample_normal({})}, [](const Tensors& in) { return repeat(in[0], {3}); }}};
}

// roll along one dimension
Tensor rolled(const Tensor& x, int64_t shift, int64_t dim) {
  const int64_t n = x.size(dim);
  if (n == 0) return x;
  const int64_t first = ((-shift) % n + n) % n;  // what comes to place 0
  return cat({narrow(x, dim, first, n - first), narrow(x, dim, 0, first)}, dim);
}

}  // namespace

Tensor flip(const Tensor& x, const std::vector<int64_t>& dims) {
  std::vector<bool> seen(x.shape().size());
  Tensor y = x;
  for (const int64_t dim : dims) {
    const int64_t d = normalize_dim("flip", dim, x.dim());
    require<IndexError>(!seen[static_cast<size_t>(d)], "flip: dimension {} is named twice", dim);
    seen[static_cast<size_t>(d)] = true;
    const double last = static_cast<double>(x.size(d) - 1);
    y = index_select(y, d, last - arange(x.size(d)));
  }
  return y;
}

Tensor roll(const Tensor& x, const std::vector<int64_t>& shifts, const std::vector<int64_t>& dims) {
  require<ValueError>(shifts.size() == dims.size() && !dims.empty(),
                      "roll: {} shifts are given for {} dimensions", shifts.size(), dims.size());
  Tensor y = x;
  for (size_t k = 0; k < dims.size(); ++k) {
    y = rolled(y, shifts[k], normalize_dim("roll", dims[k], x.dim()));
  }
  return y;
}

// x [a, b] → [1, a, 1, b] → [r, a, s, b] → [r·a, s·b]
Tensor repeat(const Tensor& x, const std::vector<int64_t>& repeats) {
  const auto lead = static_cast<int64_t>(repeats.size()) - x.dim();
  require<ShapeError>(lead >= 0, "repeat: {} repeats are given for {} dimensions", repeats.size(),
                      x.dim());
  Shape apart, stretched, result;
  for (size_t d = 0; d < repeats.size(); ++d) {
    require<ValueError>(repeats[d] >= 0, "repeat: {} is negative", repeats[d]);
    const int64_t i = static_cast<int64_t>(d) - lead;
    const int64_t size = i < 0 ? 1 : x.size(i);
    apart.insert(apart.end(), {1, size});
    stretched.insert(stretched.end(), {repeats[d], size});
    result.push_back(repeats[d] * size);
  }
  return reshape(expand(reshape(x, apart), stretched), result);
}

OpInfos rearrange_ops() {
  return {OpInfo{"flip", flip_samples}, OpInfo{"roll", roll_samples},
          OpInfo{"repeat", repeat_samples}};
}

}  // namespace gradus
