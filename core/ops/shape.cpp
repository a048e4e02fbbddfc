#include "core/ops/shape.hpp"

#include <algorithm>
#include <optional>

#include "core/autograd/apply.hpp"
#include "core/ops/join.hpp"
#include "core/tensor/loop.hpp"

namespace gradus {
namespace {

// Replaces the one -1 in a shape by what is left of `count` elements.
Shape infer_size(std::string_view op, Shape shape, int64_t count) {
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  if (unknown != shape.end()) {
    const std::string asked = to_string(shape);
    *unknown = 1;
    const int64_t known = numel(shape);
    require<ShapeError>(known != 0, "{}: the -1 in {} could be any size", op, asked);
    require<ShapeError>(count % known == 0, "{}: {} elements do not divide by {}", op, count,
                        known);
    *unknown = count / known;
  }
  require<ShapeError>(numel(shape) == count, "{}: shape {} does not hold {} elements", op, shape,
                      count);
  return shape;
}

// The strides under which x's elements are read in the same order with another shape of as many,
// if there are such strides.
std::optional<Shape> view_strides(const Tensor& x, const Shape& shape) {
  if (x.numel() == 0) return contiguous_strides(shape);
  // merge dimensions of x that lie behind each other without a gap
  struct Run {
    int64_t size, stride;
  };
  std::vector<Run> runs;
  for (size_t d = 0; d < x.shape().size(); ++d) {
    const int64_t size = x.shape()[d], stride = x.strides()[d];
    if (size == 1) continue;
    if (!runs.empty() && runs.back().stride == stride * size) {
      runs.back() = {runs.back().size * size, stride};
    } else {
      runs.push_back({size, stride});
    }
  }
  // cut every run, innermost first, into dimensions of the new shape; none may reach over a gap
  Shape strides(shape.size(), 1);
  size_t d = shape.size();
  std::reverse(runs.begin(), runs.end());
  for (auto [left, stride] : runs) {
    while (left > 1) {
      const int64_t size = shape[--d];
      if (left % size != 0) return std::nullopt;
      strides[d] = stride;
      stride *= size;
      left /= size;
    }
  }
  return strides;
}

// y = x under another shape;   dx = dy under x's
struct View {
  static constexpr std::string_view name = "view";
  Shape shape{};
  Shape from{};
  Tensor forward(const Tensor& x) {
    from = x.shape();
    const Shape to = infer_size(name, shape, x.numel());
    const std::optional<Shape> strides = view_strides(x, to);
    require<ShapeError>(strides.has_value(),
                        "view: shape {} with strides {} cannot be seen as {} without a copy; use "
                        "reshape()",
                        x.shape(), x.strides(), to);
    return x.alias(to, *strides, 0);
  }
  Tensors backward(const Tensor& dy) const { return {reshape(dy, from)}; }
  static Samples samples() {
    return {{.name = "merge",
             .inputs = {sample_normal({2, 3, 3})},
             .function =
                 [](const Tensors& x) {
                   return view(x[0], {6, -1});
                 },
             .any_layout = false}};
  }
};

// y[i_0, i_1, ...] = x[i at dims];   dx = dy permuted by the inverse
struct Permute {
  static constexpr std::string_view name = "permute";
  std::vector<int64_t> dims{};
  Tensor forward(const Tensor& x) {
    require<ShapeError>(static_cast<int64_t>(dims.size()) == x.dim(),
                        "permute: {} dimensions given for shape {}", dims.size(), x.shape());
    Shape shape, strides;
    std::vector<bool> seen(dims.size());
    for (int64_t& dim : dims) {
      dim = normalize_dim(name, dim, x.dim());
      const auto d = static_cast<size_t>(dim);
      require<IndexError>(!seen[d], "permute: dimension {} is named twice", dim);
      seen[d] = true;
      shape.push_back(x.shape()[d]);
      strides.push_back(x.strides()[d]);
    }
    return x.alias(shape, strides, 0);
  }
  Tensors backward(const Tensor& dy) const {
    std::vector<int64_t> inverse(dims.size());
    for (size_t i = 0; i < dims.size(); ++i) {
      inverse[static_cast<size_t>(dims[i])] = static_cast<int64_t>(i);
    }
    return {permute(dy, inverse)};
  }
  static Samples samples() {
    return {{"rotate", {sample_normal({2, 3, 3})}, [](const Tensors& x) {
               return permute(x[0], {1, 2, 0});
             }}};
  }
};

// y = x, stretched;   dx = Σ dy over what was stretched, which the engine does
struct Expand {
  static constexpr std::string_view name = "expand";
  Shape shape{};
  Tensor forward(const Tensor& x) {
    const int64_t lead = static_cast<int64_t>(shape.size()) - x.dim();
    require<ShapeError>(lead >= 0, "expand: shape {} has more dimensions than {}", x.shape(),
                        shape);
    for (size_t i = 0; i < shape.size(); ++i) {
      const auto lead_dims = static_cast<size_t>(lead);
      if (shape[i] == -1 && i >= lead_dims) shape[i] = x.shape()[i - lead_dims];
    }
    require<ShapeError>(stretches_to(x.shape(), shape), "expand: {} does not stretch to {}",
                        x.shape(), shape);
    return x.alias(shape, broadcast_strides(x.shape(), x.strides(), shape), 0);
  }
  Tensors backward(const Tensor& dy) const { return {dy}; }
  static Samples samples() {
    return {{"new and old", {sample_normal({2, 1, 3})}, [](const Tensors& x) {
               return expand(x[0], {4, 2, 5, -1});
             }}};
  }
};

// y = x[start : start + length] along dim;   dx = dy there, 0 elsewhere
struct Narrow {
  static constexpr std::string_view name = "narrow";
  int64_t dim = 0, start = 0, length = 0;
  Shape from{};
  Tensor forward(const Tensor& x) {
    dim = normalize_dim(name, dim, x.dim());
    const int64_t size = x.size(dim);
    require<IndexError>(start >= 0 && length >= 0 && start <= size - length,
                        "narrow: {} elements from {} on are out of range for dimension {} of {}",
                        length, start, dim, x.shape());
    from = x.shape();
    Shape shape = x.shape();
    shape[static_cast<size_t>(dim)] = length;
    return x.alias(shape, x.strides(), start * x.strides()[static_cast<size_t>(dim)]);
  }
  // the zeros before and after are joined on, so that this can be differentiated again
  Tensors backward(const Tensor& dy) const {
    const auto zeros_of = [&](int64_t count) {
      Shape shape = from;
      shape[static_cast<size_t>(dim)] = count;
      return zeros(shape, dy.dtype());
    };
    const int64_t after = from[static_cast<size_t>(dim)] - start - length;
    return {cat({zeros_of(start), dy, zeros_of(after)}, dim)};
  }
  static Samples samples() {
    return {{"middle", {sample_normal({4, 4})}, [](const Tensors& x) {
               return narrow(x[0], 1, 1, 2);
             }}};
  }
};

// y = x, in memory of its own;   dx = dy
struct Clone {
  static constexpr std::string_view name = "clone";
  Tensor forward(const Tensor& x) {
    const Tensor y = empty_like(x);
    dispatch(x.dtype(), [&]<class T>() {
      map<T, T>(
          y, [](T value) { return value; }, x);
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {dy}; }
  static Samples samples() {
    return {{"transposed", {sample_normal({3, 3})}, [](const Tensors& x) {
               return clone(transpose(x[0], 0, 1));
             }}};
  }
};

// y = x under another shape, copied where view() would refuse;   dx = dy under x's
Samples reshape_samples() {
  const auto call = [](const Tensors& in) { return reshape(in[0], {3, -1}); };
  return {{"view", {sample_normal({2, 3, 3})}, call},
          {"copy", {sample_normal({2, 3, 4})}, [=](const Tensors& in) {
             return call({permute(in[0], {2, 0, 1})});
           }}};
}

}  // namespace

Tensor view(const Tensor& x, const Shape& shape) { return apply(View{shape}, x); }

Tensor reshape(const Tensor& x, const Shape& shape) {
  const Shape to = infer_size("reshape", shape, x.numel());
  if (to == x.shape()) return x;
  return view(view_strides(x, to) ? x : clone(x), to);
}

Tensor permute(const Tensor& x, const std::vector<int64_t>& dims) {
  return apply(Permute{dims}, x);
}

Tensor expand(const Tensor& x, const Shape& shape) { return apply(Expand{shape}, x); }

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  return apply(Narrow{dim, start, length}, x);
}

Tensor clone(const Tensor& x) { return apply(Clone{}, x); }
Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : clone(x); }

Tensor Tensor::view(const Shape& shape) const { return gradus::view(*this, shape); }
Tensor Tensor::reshape(const Shape& shape) const { return gradus::reshape(*this, shape); }
Tensor Tensor::permute(const std::vector<int64_t>& dims) const {
  return gradus::permute(*this, dims);
}
Tensor Tensor::expand(const Shape& shape) const { return gradus::expand(*this, shape); }
Tensor Tensor::narrow(int64_t dim, int64_t start, int64_t length) const {
  return gradus::narrow(*this, dim, start, length);
}
Tensor Tensor::contiguous() const { return gradus::contiguous(*this); }
Tensor Tensor::clone() const { return gradus::clone(*this); }

OpInfos shape_ops() {
  return {op_info<View>(),    OpInfo{"reshape", reshape_samples},
          op_info<Permute>(), op_info<Expand>(),
          op_info<Narrow>(),  op_info<Clone>()};
}

}  // namespace gradus
