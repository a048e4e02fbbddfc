#include "core/ops/slice.hpp"

#include <algorithm>
#include <numeric>

#include "core/autograd/apply.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/join.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// A zero tensor of `shape` to whose entry places[i] of `dim` the entry i of x is added.
Tensor added_along(const Shape& shape, int64_t dim, const Tensor& places, const Tensor& x) {
  Shape moved = shape;
  std::swap(moved[0], moved[static_cast<size_t>(dim)]);
  return transpose(index_add(moved, places, transpose(x, 0, dim)), 0, dim);
}

// y_i = x_(start + i·step) along dim;   dx_(start + i·step) = dy_i, 0 elsewhere
struct Slice {
  static constexpr std::string_view name = "slice";
  int64_t dim = 0, start = 0, length = 0, step = 1;
  Shape from{};
  Tensor forward(const Tensor& x) {
    from = x.shape();
    const auto d = static_cast<size_t>(dim);
    Shape shape = from, strides = x.strides();
    shape[d] = length;
    const int64_t offset = length == 0 ? 0 : start * strides[d];
    strides[d] *= step;
    return x.alias(shape, strides, offset);
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor places = arange(length) * static_cast<double>(step) + static_cast<double>(start);
    return {added_along(from, dim, places, dy)};
  }
  static Samples samples() {
    const Tensor x = sample_normal({4, 4});
    return {{"every second", {x}, [](const Tensors& in) { return slice(in[0], 1, 1, {}, 2); }},
            {"last rows", {x}, [](const Tensors& in) { return slice(in[0], 0, -2); }},
            {"all but the ends", {x}, [](const Tensors& in) { return slice(in[0], 1, 1, -1); }}};
  }
};

// y_i = x_(i, i+k) for offset k ≥ 0, x_(i−k, i) below;   dx there = dy, 0 elsewhere
struct Diagonal {  // of the first two dimensions
  static constexpr std::string_view name = "diagonal";
  int64_t offset = 0;
  Shape from{};
  int64_t row() const { return std::max<int64_t>(-offset, 0); }  // where it begins
  int64_t column() const { return std::max<int64_t>(offset, 0); }
  Tensor forward(const Tensor& x) {
    from = x.shape();
    const int64_t length = std::max<int64_t>(0, std::min(from[0] - row(), from[1] - column()));
    Shape shape(from.begin() + 2, from.end()), strides(x.strides().begin() + 2, x.strides().end());
    shape.push_back(length);
    strides.push_back(x.strides()[0] + x.strides()[1]);
    const int64_t first = row() * x.strides()[0] + column() * x.strides()[1];
    return x.alias(shape, strides, length == 0 ? 0 : first);
  }
  // in a matrix read row by row, neighbours on the diagonal are n + 1 apart
  Tensors backward(const Tensor& dy) const {
    const auto n = static_cast<double>(from[1]);
    const Tensor places = arange(dy.size(-1)) * (n + 1) + static_cast<double>(row()) * n +
                          static_cast<double>(column());
    Shape flat(from.begin() + 1, from.end());
    flat[0] *= from[0];
    std::vector<int64_t> last_first{dy.dim() - 1};
    for (int64_t d = 0; d + 1 < dy.dim(); ++d) last_first.push_back(d);
    return {reshape(index_add(flat, places, permute(dy, last_first)), from)};
  }
  static Samples samples() {
    const Tensor x = sample_normal({3, 4});
    return {
        {"main", {x}, [](const Tensors& in) { return diagonal(in[0]); }},
        {"below", {sample_normal({3, 3})}, [](const Tensors& in) { return diagonal(in[0], -1); }},
        {"batch, above", {sample_normal({2, 3, 3})}, [](const Tensors& in) {
           return diagonal(in[0], 1, -2, -1);
         }}};
  }
};

// y_(w, k) = x_(w·step + k);   dx_j = Σ dy_(w, k) over all windows that hold j: w·step + k = j
struct Unfold {
  static constexpr std::string_view name = "unfold";
  int64_t dim = 0, size = 0, step = 1;
  Shape from{};
  Tensor forward(const Tensor& x) {
    from = x.shape();
    const auto d = static_cast<size_t>(dim);
    Shape shape = from, strides = x.strides();
    shape[d] = (from[d] - size) / step + 1;
    shape.push_back(size);
    strides.push_back(strides[d]);
    strides[d] *= step;
    return x.alias(shape, strides, 0);
  }
  // dy [..., windows, ..., size] → [windows, size, ...] → [windows·size, ...], one place for each
  Tensors backward(const Tensor& dy) const {
    const int64_t windows = dy.size(dim);
    const Tensor first = (arange(windows) * static_cast<double>(step)).view({windows, 1});
    std::vector<int64_t> order{dim, dy.dim() - 1};
    for (int64_t d = 0; d + 1 < dy.dim(); ++d) {
      if (d != dim) order.push_back(d);
    }
    const Tensor by_window = permute(dy, order);
    Shape shape(by_window.shape().begin() + 1, by_window.shape().end());
    shape[0] *= windows;
    const Tensor elements = reshape(by_window, shape);
    shape[0] = from[static_cast<size_t>(dim)];
    return {moved_to(dim, index_add(shape, flatten(first + arange(size)), elements))};
  }
  // dimension 0 of x becomes dimension `to`; the others keep their order
  static Tensor moved_to(int64_t to, const Tensor& x) {
    std::vector<int64_t> order;
    for (int64_t d = 1; d < x.dim(); ++d) order.push_back(d);
    order.insert(order.begin() + to, 0);
    return permute(x, order);
  }
  static Samples samples() {
    const Tensor x = sample_normal({2, 5, 3});
    return {{"overlapping", {x}, [](const Tensors& in) { return unfold(in[0], 1, 3, 1); }},
            {"apart", {x}, [](const Tensors& in) { return unfold(in[0], 1, 2, 3); }},
            {"last", {sample_normal({3, 3})}, [](const Tensors& in) {
               return unfold(in[0], -1, 2, 1);
             }}};
  }
};

// The parts are views by narrow; so that all are checked, they are joined in another order.
Tensor joined_backwards(Tensors parts, int64_t dim) {
  std::reverse(parts.begin(), parts.end());
  return cat(parts, dim);
}

Samples split_samples() {
  const Tensor x = sample_normal({2, 5});
  return {
      {"of two", {x}, [](const Tensors& in) { return joined_backwards(split(in[0], 2, 1), 1); }},
      {"of given sizes", {x}, [](const Tensors& in) {
         return joined_backwards(split(in[0], {1, 3, 1}, -1), -1);
       }}};
}

Samples chunk_samples() {
  return {{"uneven", {sample_normal({5, 2})}, [](const Tensors& in) {
             return joined_backwards(chunk(in[0], 2), 0);
           }}};
}

// A bound of a slice, counted from the beginning and within [0, size].
int64_t bound(std::optional<int64_t> given, int64_t otherwise, int64_t size) {
  const int64_t i = given.value_or(otherwise);
  return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size);
}

}  // namespace

Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start,
             std::optional<int64_t> stop, int64_t step) {
  const int64_t d = normalize_dim("slice", dim, x.dim()), size = x.size(d);
  require<ValueError>(step > 0, "slice: the step must be positive, got {}; flip() reverses", step);
  const int64_t first = bound(start, 0, size), end = bound(stop, size, size);
  const int64_t span = std::max<int64_t>(end - first, 0);
  const int64_t length = span == 0 ? 0 : (span - 1) / step + 1;
  return apply(Slice{d, first, length, step}, x);
}

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  const int64_t d1 = normalize_dim("diagonal", dim1, x.dim());
  const int64_t d2 = normalize_dim("diagonal", dim2, x.dim());
  require<IndexError>(d1 != d2, "diagonal: dimension {} is named twice", dim2);
  std::vector<int64_t> order{d1, d2};
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (d != d1 && d != d2) order.push_back(d);
  }
  return apply(Diagonal{offset}, permute(x, order));
}

Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step) {
  const int64_t d = normalize_dim("unfold", dim, x.dim());
  require<ValueError>(step > 0, "unfold: the step must be positive, got {}", step);
  require<ShapeError>(size >= 0 && size <= x.size(d),
                      "unfold: windows of {} do not fit into dimension {} of {}", size, d,
                      x.shape());
  return apply(Unfold{d, size, step}, x);
}

Tensors split(const Tensor& x, int64_t size, int64_t dim) {
  require<ValueError>(size > 0, "split: the size must be positive, got {}", size);
  const int64_t d = normalize_dim("split", dim, x.dim()), n = x.size(d);
  Tensors parts;
  for (int64_t start = 0; start < n || parts.empty(); start += size) {
    parts.push_back(narrow(x, d, start, std::min(size, n - start)));
  }
  return parts;
}

Tensors split(const Tensor& x, const std::vector<int64_t>& sizes, int64_t dim) {
  const int64_t d = normalize_dim("split", dim, x.dim());
  const int64_t total = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  require<ShapeError>(total == x.size(d), "split: sizes {} do not add up to dimension {} of {}",
                      sizes, d, x.shape());
  Tensors parts;
  int64_t start = 0;
  for (const int64_t size : sizes) {
    parts.push_back(narrow(x, d, start, size));
    start += size;
  }
  return parts;
}

Tensors chunk(const Tensor& x, int64_t chunks, int64_t dim) {
  require<ValueError>(chunks > 0, "chunk: their number must be positive, got {}", chunks);
  const int64_t n = x.size(normalize_dim("chunk", dim, x.dim()));
  return split(x, std::max<int64_t>(1, (n + chunks - 1) / chunks), dim);
}

OpInfos slice_ops() {
  return {op_info<Slice>(), op_info<Diagonal>(), op_info<Unfold>(), OpInfo{"split", split_samples},
          OpInfo{"chunk", chunk_samples}};
}

}  // namespace gradus
