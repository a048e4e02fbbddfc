#include "core/ops/extrema.hpp"

#include "core/autograd/apply.hpp"
#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/gather.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/reduction.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

constexpr auto kLarger = [](auto a, auto b) { return a > b; };
constexpr auto kSmaller = [](auto a, auto b) { return a < b; };

// The index of the first element that none is better than; NaN is better than any number.
template <class T, class Better>
int64_t index_of_best(const T* x, int64_t n, Better better) {
  int64_t best = 0;
  for (int64_t i = 1; i < n; ++i) {
    if (better(x[i], x[best]) || (x[i] != x[i] && x[best] == x[best])) best = i;
  }
  return best;
}

// What is reduced to what.
struct ReducedShape {
  std::vector<bool> reduced;
  Shape shape, kept;

  ReducedShape(std::string_view op, const Tensor& x, const Dims& dims, bool keepdim)
      : reduced(reduced_dims(op, dims, x.dim())),
        shape(reduced_shape(x.shape(), reduced, keepdim)),
        kept(reduced_shape(x.shape(), reduced, true)) {
    for (size_t d = 0; d < reduced.size(); ++d) {
      require<ShapeError>(!reduced[d] || x.shape()[d] > 0, "{}: dimension {} of {} is empty", op, d,
                          x.shape());
    }
  }
};

template <class Better>
Tensor extremum(const Tensor& x, const ReducedShape& to, Better better) {
  const Tensor y = empty(to.shape, x.dtype());
  dispatch(x.dtype(), [&]<class T>() {
    reduce_rows<T, T>(with_reduced_last(x, to.reduced), y,
                      [=](const T* row, int64_t n) { return row[index_of_best(row, n, better)]; });
  });
  return y;
}

template <class Better>
Tensor index_of_extremum(std::string_view op, const Tensor& x, int64_t dim, bool keepdim,
                         Better better) {
  const ReducedShape to(op, x, {dim}, keepdim);
  const Tensor y = empty(to.shape, DType::int64);
  dispatch(x.dtype(), [&]<class T>() {
    reduce_rows<T, int64_t>(with_reduced_last(x.detach(), to.reduced), y,
                            [=](const T* row, int64_t n) { return index_of_best(row, n, better); });
  });
  return y;
}

// dy / k where x is one of the k elements equal to their extremum, else 0
Tensor share(const Tensor& dy, const Tensor& x, const Tensor& extremum, const Dims& dims,
             const Shape& kept) {
  const Tensor is_one = to(eq(x, reshape(extremum.detach(), kept)), dy.dtype());
  return reshape(dy, kept) * (is_one / sum(is_one, dims, true));
}

// y = max_j x_j;   dx_j = dy / k where x_j is one of the k largest, else 0
// y = min_j x_j;   dx_j = dy / k where x_j is one of the k smallest, else 0
template <class Kind>
struct Extremum {
  static constexpr std::string_view name = Kind::name;
  Dims dims{};
  bool keepdim = false;
  Saved x{}, y{};
  Shape kept{};
  Tensor forward(const Tensor& input) {
    const ReducedShape to(name, input, dims, keepdim);
    x = input, kept = to.kept;
    const Tensor result = extremum(input, to, Kind::better);
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const { return {share(dy, x, y, dims, kept)}; }
  static Samples samples() {
    const Tensor x = sample_normal({2, 3, 4});
    const auto over = [](const Dims& dims, bool keepdim) {
      return [=](const Tensors& in) { return apply(Extremum{dims, keepdim}, in[0]); };
    };
    return {{"rows", {x}, over(-1, false)},
            {"two, kept", {x}, over({0, 2}, true)},
            {"scalar", {sample_normal({})}, over({}, false)}};
  }
};
struct Largest {
  static constexpr std::string_view name = "amax";
  static constexpr auto better = kLarger;
};
struct Smallest {
  static constexpr std::string_view name = "amin";
  static constexpr auto better = kSmaller;
};
using Amax = Extremum<Largest>;
using Amin = Extremum<Smallest>;

// The values at these indices, which have size 1 along `dim`.
ValuesAndIndices at(const Tensor& x, int64_t dim, const Tensor& indices, bool keepdim) {
  const Tensor values = x.dim() == 0 ? x.clone() : gather(x, dim, indices);
  if (keepdim || x.dim() == 0) return {values, indices};
  return {squeeze(values, dim), squeeze(indices, dim)};
}

// y = x_k, k = argmax_j x_j;   dx_k = dy, else 0
Samples max_samples() {
  const Tensor x = sample_normal({2, 3, 4});
  return {{"all", {x}, [](const Tensors& in) { return max(in[0]); }},
          {"middle", {x}, [](const Tensors& in) { return max(in[0], 1).values; }},
          {"last, kept", {x}, [](const Tensors& in) { return max(in[0], -1, true).values; }}};
}

// y = x_k, k = argmin_j x_j;   dx_k = dy, else 0
Samples min_samples() {
  const Tensor x = sample_normal({2, 3, 4});
  return {{"all", {x}, [](const Tensors& in) { return min(in[0]); }},
          {"middle", {x}, [](const Tensors& in) { return min(in[0], 1).values; }},
          {"last, kept", {x}, [](const Tensors& in) { return min(in[0], -1, true).values; }}};
}

// Without a dimension: in the flattened tensor; with keepdim, all its dimensions stay with size 1.
template <class Better>
Tensor arg(std::string_view op, const Tensor& x, std::optional<int64_t> dim, bool keepdim,
           Better better) {
  if (dim) return index_of_extremum(op, x, *dim, keepdim, better);
  const Tensor index = index_of_extremum(op, flatten(x.detach()), 0, false, better);
  return keepdim ? index.view(Shape(x.shape().size(), 1)) : index;
}

}  // namespace

Tensor amax(const Tensor& x, const Dims& dims, bool keepdim) {
  return apply(Amax{dims, keepdim}, x);
}
Tensor amin(const Tensor& x, const Dims& dims, bool keepdim) {
  return apply(Amin{dims, keepdim}, x);
}
Tensor max(const Tensor& x) { return apply(Amax{}, x); }
Tensor min(const Tensor& x) { return apply(Amin{}, x); }

ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim) {
  return at(x, dim, index_of_extremum("max", x, dim, true, kLarger), keepdim);
}
ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim) {
  return at(x, dim, index_of_extremum("min", x, dim, true, kSmaller), keepdim);
}

Tensor argmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg("argmax", x, dim, keepdim, kLarger);
}
Tensor argmin(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg("argmin", x, dim, keepdim, kSmaller);
}

Tensor Tensor::argmax(int64_t dim) const { return gradus::argmax(*this, dim); }

OpInfos extrema_ops() {
  return {op_info<Amax>(), op_info<Amin>(), OpInfo{"max", max_samples}, OpInfo{"min", min_samples}};
}

}  // namespace gradus
