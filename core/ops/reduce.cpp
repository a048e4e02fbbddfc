#include "core/ops/reduce.hpp"

#include <algorithm>

#include "core/autograd/apply.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/reduction.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// Σ x_i, in double: exact to the last bit of a float for any count that fits in memory
template <class T>
T row_sum(const T* x, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += static_cast<double>(x[i]);
  return static_cast<T>(total);
}

// Π x_i, in double
template <class T>
T row_product(const T* x, int64_t n) {
  double product = 1;
  for (int64_t i = 0; i < n; ++i) product *= static_cast<double>(x[i]);
  return static_cast<T>(product);
}

bool has_zero(const Tensor& x) {
  const Tensor is_zero = eq(x, 0);
  const bool* first = is_zero.data<bool>();
  return std::find(first, first + is_zero.numel(), true) != first + is_zero.numel();
}

// Whether the reduced dimensions are the leading ones of a contiguous tensor: sums of columns.
bool sums_columns(const Tensor& x, const std::vector<bool>& reduced) {
  return x.is_contiguous() && std::is_sorted(reduced.rbegin(), reduced.rend()) &&
         !reduced.empty() && !reduced.back();
}

// y = Σ x over dims;   dx = dy, stretched
struct Sum {
  static constexpr std::string_view name = "sum";
  Dims dims{};
  bool keepdim = false;
  Shape from{}, kept{};
  Tensor forward(const Tensor& x) {
    const std::vector<bool> reduced = reduced_dims(name, dims, x.dim());
    from = x.shape();
    kept = reduced_shape(x.shape(), reduced, true);
    const Tensor y = empty(reduced_shape(x.shape(), reduced, keepdim), x.dtype());
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      if (sums_columns(x, reduced)) {
        const int64_t cols = y.numel();
        kernels::column_sum(x.data<T>(), y.data<T>(), cols ? x.numel() / cols : 0, cols);
      } else {
        reduce_rows<T, T>(with_reduced_last(x, reduced), y, row_sum<T>);
      }
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {expand(reshape(dy, kept), from)}; }
  static Samples samples() {
    const Tensor x = sample_normal({2, 3, 4});
    return {{"all", {x}, [](const Tensors& in) { return sum(in[0]); }},
            {"leading",
             {x},
             [](const Tensors& in) {
               return sum(in[0], {0, 1});
             }},
            {"middle, kept", {x}, [](const Tensors& in) { return sum(in[0], {1}, true); }}};
  }
};

// y = Σ x / n over dims;   dx = dy / n, stretched
struct Mean {
  static constexpr std::string_view name = "mean";
  Dims dims{};
  bool keepdim = false;
  Shape from{}, kept{};
  double share = 0;  // 1/n
  Tensor forward(const Tensor& x) {
    from = x.shape();
    kept = reduced_shape(from, reduced_dims(name, dims, x.dim()), true);
    share = static_cast<double>(numel(kept)) / static_cast<double>(x.numel());
    return sum(x, dims, keepdim) * share;
  }
  Tensors backward(const Tensor& dy) const { return {expand(reshape(dy * share, kept), from)}; }
  static Samples samples() {
    const Tensor x = sample_normal({2, 3, 4});
    return {{"all", {x}, [](const Tensors& in) { return mean(in[0]); }},
            {"middle, kept", {x}, [](const Tensors& in) { return mean(in[0], {1}, true); }},
            {"scalar", {sample_normal({})}, [](const Tensors& in) { return mean(in[0]); }}};
  }
};

// y = Π x over dims;   dx_j = dy · Π_{i≠j} x_i, which is dy · y / x_j if no x is 0
struct Prod {
  static constexpr std::string_view name = "prod";
  Dims dims{};
  bool keepdim = false;
  Saved x{}, y{};
  Shape kept{};
  Tensor forward(const Tensor& input) {
    x = input;
    const std::vector<bool> reduced = reduced_dims(name, dims, input.dim());
    kept = reduced_shape(input.shape(), reduced, true);
    const Tensor result = empty(reduced_shape(input.shape(), reduced, keepdim), input.dtype());
    dispatch_floating(name, input.dtype(), [&]<class T>() {
      reduce_rows<T, T>(with_reduced_last(input, reduced), result, row_product<T>);
    });
    y = result;
    return result;
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor input = x, product = reshape(y, kept);
    const Tensor others = has_zero(input) ? products_of_others(input) : product / input;
    return {reshape(dy, kept) * others};
  }
  // Π_{i≠j} x_i by n·n factors: row j is x with 1 in place of x_j
  Tensor products_of_others(const Tensor& input) const {
    const std::vector<bool> reduced = reduced_dims(name, dims, input.dim());
    const Tensor last = with_reduced_last(input, reduced);
    const int64_t rows = numel(kept), n = input.numel() / rows;
    const Tensor diagonal = eq(arange(n).view({n, 1}), arange(n));
    const Tensor factors = where(diagonal, scalar(1, input.dtype()), reshape(last, {rows, 1, n}));
    return from_reduced_last(reshape(prod(factors, {2}), last.shape()), reduced);
  }
  static Samples samples() {
    const Tensor x = sample_uniform({2, 3, 2}, 0.5, 2);
    const Tensor zero = tensor({0, 1.5, -0.7, 0, 0.4, 0, 2, -1, 0.6}, DType::float64).view({3, 3});
    return {{"all", {x}, [](const Tensors& in) { return prod(in[0]); }},
            {"two, kept",
             {x},
             [](const Tensors& in) {
               return prod(in[0], {0, 2}, true);
             }},
            {"zeros in rows", {zero}, [](const Tensors& in) { return prod(in[0], {1}); }},
            {"zeros in columns", {zero}, [](const Tensors& in) { return prod(in[0], {0}); }}};
  }
};

}  // namespace

Tensor sum(const Tensor& x, const Dims& dims, bool keepdim) { return apply(Sum{dims, keepdim}, x); }

Tensor mean(const Tensor& x, const Dims& dims, bool keepdim) {
  return apply(Mean{dims, keepdim}, x);
}

Tensor prod(const Tensor& x, const Dims& dims, bool keepdim) {
  return apply(Prod{dims, keepdim}, x);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require<ShapeError>(stretches_to(shape, x.shape()), "sum_to: {} does not broadcast to {}", shape,
                      x.shape());
  const size_t lead = x.shape().size() - shape.size();
  std::vector<int64_t> stretched;
  for (size_t d = 0; d < x.shape().size(); ++d) {
    if (d < lead || (shape[d - lead] == 1 && x.shape()[d] != 1)) {
      stretched.push_back(static_cast<int64_t>(d));
    }
  }
  return reshape(stretched.empty() ? x : sum(x, stretched, true), shape);
}

Tensor Tensor::sum() const { return gradus::sum(*this); }
Tensor Tensor::sum(const Dims& dims, bool keepdim) const {
  return gradus::sum(*this, dims, keepdim);
}
Tensor Tensor::mean() const { return gradus::mean(*this); }
Tensor Tensor::mean(const Dims& dims, bool keepdim) const {
  return gradus::mean(*this, dims, keepdim);
}

OpInfos reduce_ops() { return {op_info<Sum>(), op_info<Mean>(), op_info<Prod>()}; }

}  // namespace gradus
