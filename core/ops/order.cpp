#include "core/ops/order.hpp"

#include <algorithm>
#include <numeric>

#include "core/kernels/parallel.hpp"
#include "core/ops/gather.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// The total order of sorting: numbers as usual, then NaN.
template <class T>
bool comes_before(T a, T b) {
  return a < b || (b != b && a == a);
}

// Sorts the indices of one row by what they point to.
template <class T>
void sort_indices(const T* x, int64_t* indices, int64_t n, bool descending) {
  std::iota(indices, indices + n, int64_t{0});
  std::stable_sort(indices, indices + n, [=](int64_t i, int64_t j) {
    return descending ? comes_before(x[j], x[i]) : comes_before(x[i], x[j]);
  });
}

Tensor sorted_indices(const Tensor& x, int64_t dim, bool descending) {
  constexpr int64_t kGrain = 1 << 12;  // elements worth a thread
  const Tensor rows = transpose(x.detach(), dim, -1).contiguous();
  const Tensor indices = empty(rows.shape(), DType::int64);
  const int64_t n = rows.size(-1);
  if (rows.numel() == 0) return transpose(indices, dim, -1);
  dispatch(rows.dtype(), [&]<class T>() {
    parallel_for(rows.numel() / n, std::max<int64_t>(1, kGrain / n),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t row = begin; row < end; ++row) {
                     sort_indices(rows.data<T>() + row * n, indices.data<int64_t>() + row * n, n,
                                  descending);
                   }
                 });
  });
  return transpose(indices, dim, -1);
}

// y_i = x_k(i), where k sorts x;   dx_k(i) = dy_i
Samples sort_samples() {
  const Tensor x = sample_normal({3, 4});
  return {
      {"rows", {x}, [](const Tensors& in) { return sort(in[0]).values; }},
      {"columns, descending", {x}, [](const Tensors& in) { return sort(in[0], 0, true).values; }}};
}

// y_i = x_k(i) for i < K, where k sorts x;   dx_k(i) = dy_i, 0 for the others
Samples topk_samples() {
  const Tensor x = sample_normal({3, 4});
  return {{"rows", {x}, [](const Tensors& in) { return topk(in[0], 2).values; }},
          {"columns, smallest", {x}, [](const Tensors& in) {
             return topk(in[0], 1, 0, false).values;
           }}};
}

}  // namespace

Tensor argsort(const Tensor& x, int64_t dim, bool descending) {
  return sorted_indices(x, normalize_dim("argsort", dim, x.dim()), descending);
}

ValuesAndIndices sort(const Tensor& x, int64_t dim, bool descending) {
  const Tensor indices = sorted_indices(x, normalize_dim("sort", dim, x.dim()), descending);
  return {gather(x, dim, indices), indices};
}

ValuesAndIndices topk(const Tensor& x, int64_t k, int64_t dim, bool largest) {
  const int64_t d = normalize_dim("topk", dim, x.dim());
  require<IndexError>(k >= 0 && k <= x.size(d),
                      "topk: {} elements are out of range for dimension {} of {}", k, d, x.shape());
  const Tensor indices = narrow(sorted_indices(x, d, largest), d, 0, k);
  return {gather(x, d, indices), indices};
}

OpInfos order_ops() { return {OpInfo{"sort", sort_samples}, OpInfo{"topk", topk_samples}}; }

}  // namespace gradus
