#include "core/ops/reduce.hpp"

#include <algorithm>
#include <limits>

#include "core/autograd/apply.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/parallel.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

constexpr int64_t kGrain = 1 << 15;  // elements worth a thread

// Which dimensions are reduced.
std::vector<bool> reduced_dims(std::string_view op, const std::vector<int64_t>& dims,
                               int64_t ndim) {
  std::vector<bool> reduced(static_cast<size_t>(ndim), dims.empty());
  for (int64_t dim : dims) {
    const auto d = static_cast<size_t>(normalize_dim(op, dim, ndim));
    require<IndexError>(!reduced[d], "{}: dimension {} is named twice", op, dim);
    reduced[d] = true;
  }
  return reduced;
}

Shape reduced_shape(const Shape& shape, const std::vector<bool>& reduced, bool keepdim) {
  Shape result;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (!reduced[d]) result.push_back(shape[d]);
    if (reduced[d] && keepdim) result.push_back(1);
  }
  return result;
}

// x with the reduced dimensions moved behind the others: contiguous, read as [rows, cols]. Reads
// whole rows, so that each is added up in one order.
Tensor with_reduced_last(const Tensor& x, const std::vector<bool>& reduced) {
  std::vector<int64_t> order;
  for (const bool behind : {false, true}) {
    for (size_t d = 0; d < reduced.size(); ++d) {
      if (reduced[d] == behind) order.push_back(static_cast<int64_t>(d));
    }
  }
  return contiguous(permute(x, order));
}

// y_row = f(x_row, cols) for every row, in parallel
template <class T, class Out, class F>
void reduce_rows(const Tensor& x, const Tensor& y, F f) {
  const int64_t rows = y.numel();
  if (rows == 0) return;
  const int64_t cols = x.numel() / rows;
  const T* in = x.data<T>();
  Out* out = y.data<Out>();
  parallel_for(rows, std::max<int64_t>(1, kGrain / std::max<int64_t>(cols, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) out[i] = f(in + i * cols, cols);
               });
}

// Σ x_i, in double: exact to the last bit of a float for any count that fits in memory
template <class T>
T row_sum(const T* x, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += static_cast<double>(x[i]);
  return static_cast<T>(total);
}

// The first of the largest; NaN counts as larger than any number, so that it is not lost.
template <class T>
int64_t index_of_largest(const T* x, int64_t n) {
  int64_t best = 0;
  for (int64_t i = 1; i < n; ++i) {
    if (x[i] > x[best] || (x[i] != x[i] && x[best] == x[best])) best = i;
  }
  return best;
}

// Whether the reduced dimensions are the leading ones of a contiguous tensor: sums of columns.
bool sums_columns(const Tensor& x, const std::vector<bool>& reduced) {
  return x.is_contiguous() && std::is_sorted(reduced.rbegin(), reduced.rend()) &&
         !reduced.empty() && !reduced.back();
}

// y = Σ x over dims;   dx = dy, stretched
struct Sum {
  static constexpr std::string_view name = "sum";
  std::vector<int64_t> dims{};
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

// y = max_j x_j;   dx_j = dy / k where x_j is one of the k largest, else 0
struct Amax {
  static constexpr std::string_view name = "amax";
  int64_t dim = 0;
  bool keepdim = false;
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    dim = normalize_dim(name, dim, input.dim());
    require<ShapeError>(input.size(dim) > 0, "amax: dimension {} of {} is empty", dim,
                        to_string(input.shape()));
    const std::vector<bool> reduced = reduced_dims(name, {dim}, input.dim());
    const Tensor y = empty(reduced_shape(input.shape(), reduced, keepdim), input.dtype());
    dispatch_floating(name, input.dtype(), [&]<class T>() {
      reduce_rows<T, T>(with_reduced_last(input, reduced), y,
                        [](const T* row, int64_t n) { return row[index_of_largest(row, n)]; });
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor input = x;
    const Tensor largest = to(eq(input.detach(), amax(input.detach(), dim, true)), dy.dtype());
    return {(keepdim ? dy : unsqueeze(dy, dim)) * (largest / sum(largest, {dim}, true))};
  }
  static Samples samples() {
    return {{"rows", {sample_normal({3, 4})}, [](const Tensors& in) { return amax(in[0], 1); }},
            {"columns, kept", {sample_normal({3, 4})}, [](const Tensors& in) {
               return amax(in[0], 0, true);
             }}};
  }
};

}  // namespace

Tensor sum(const Tensor& x, const std::vector<int64_t>& dims, bool keepdim) {
  return apply(Sum{dims, keepdim}, x);
}

Tensor mean(const Tensor& x, const std::vector<int64_t>& dims, bool keepdim) {
  const Tensor total = sum(x, dims, keepdim);
  return total * (static_cast<double>(total.numel()) / static_cast<double>(x.numel()));
}

Tensor amax(const Tensor& x, int64_t dim, bool keepdim) { return apply(Amax{dim, keepdim}, x); }

Tensor argmax(const Tensor& x, int64_t dim) {
  const int64_t d = normalize_dim("argmax", dim, x.dim());
  require<ShapeError>(x.size(d) > 0, "argmax: dimension {} of {} is empty", d,
                      to_string(x.shape()));
  const std::vector<bool> reduced = reduced_dims("argmax", {d}, x.dim());
  const Tensor y = empty(reduced_shape(x.shape(), reduced, false), DType::int64);
  dispatch(x.dtype(), [&]<class T>() {
    reduce_rows<T, int64_t>(with_reduced_last(x.detach(), reduced), y,
                            [](const T* row, int64_t n) { return index_of_largest(row, n); });
  });
  return y;
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require<ShapeError>(stretches_to(shape, x.shape()), "sum_to: {} does not broadcast to {}",
                      to_string(shape), to_string(x.shape()));
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
Tensor Tensor::sum(const std::vector<int64_t>& dims, bool keepdim) const {
  return gradus::sum(*this, dims, keepdim);
}
Tensor Tensor::mean() const { return gradus::mean(*this); }
Tensor Tensor::mean(const std::vector<int64_t>& dims, bool keepdim) const {
  return gradus::mean(*this, dims, keepdim);
}
Tensor Tensor::argmax(int64_t dim) const { return gradus::argmax(*this, dim); }

OpInfos reduce_ops() { return {op_info<Sum>(), op_info<Amax>()}; }

}  // namespace gradus
