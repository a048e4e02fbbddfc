#include "core/ops/gather.hpp"

#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

void check_index(std::string_view op, const Tensor& x, int64_t dim, const Tensor& index) {
  require<DTypeError>(index.dtype() == DType::int64, "{}: the index must be int64, not {}", op,
                      name_of(index.dtype()));
  require<ShapeError>(index.dim() == x.dim(), "{}: the index {} has other dimensions than {}", op,
                      index.shape(), x.shape());
  for (int64_t d = 0; d < x.dim(); ++d) {
    require<ShapeError>(d == dim || index.size(d) <= x.size(d),
                        "{}: the index {} is larger than {} in dimension {}", op, index.shape(),
                        x.shape(), d);
  }
  for (const int64_t i : index.to_vector<int64_t>()) {
    require<IndexError>(i >= 0 && i < x.size(dim), "{}: index {} is out of range for size {}", op,
                        i, x.size(dim));
  }
}

// Where in the flat memory of a contiguous tensor the elements are that the index names:
// place[i][j][k] = i·stride(0) + index[i][j][k]·stride(1) + k·stride(2), for dim = 1
Tensor flat_places(const Shape& shape, int64_t dim, const Tensor& index) {
  const Shape strides = contiguous_strides(shape);
  Tensor places = index * static_cast<double>(strides[static_cast<size_t>(dim)]);
  for (int64_t d = 0; d < index.dim(); ++d) {
    if (d == dim) continue;
    Shape along_d(shape.size(), 1);
    along_d[static_cast<size_t>(d)] = index.size(d);
    places = places + (arange(index.size(d)) * static_cast<double>(strides[static_cast<size_t>(d)]))
                          .view(along_d);
  }
  return flatten(places);
}

// y_j = x_index(j);   dx = Σ_j dy_j added at index(j)
Samples gather_samples() {
  const std::vector<int64_t> places{2, 0, 2, 1, 1, 0};
  const Tensor rows = tensor(places, {3, 2}), columns = tensor(places, {2, 3});
  return {{"rows, some twice",
           {sample_normal({3, 4})},
           [rows](const Tensors& x) { return gather(x[0], 1, rows); }},
          {"columns of a part", {sample_normal({3, 4})}, [columns](const Tensors& x) {
             return gather(x[0], 0, columns);
           }}};
}

// y = x, y_index(j) += s_j;   dx = dy, ds_j = dy_index(j)
Samples scatter_add_samples() {
  const std::vector<int64_t> places{2, 0, 2, 1, 1, 0};
  const Tensor rows = tensor(places, {3, 2}), columns = tensor(places, {2, 3});
  const Tensor source = sample_normal({3, 3}, 1);
  return {{"rows, some twice",
           {sample_normal({3, 4}), source},
           [rows](const Tensors& x) { return scatter_add(x[0], 1, rows, x[1]); }},
          {"columns of a part", {sample_normal({4, 5}), source}, [columns](const Tensors& x) {
             return scatter_add(x[0], 0, columns, x[1]);
           }}};
}

}  // namespace

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index) {
  const int64_t d = normalize_dim("gather", dim, x.dim());
  check_index("gather", x, d, index);
  const Tensor places = flat_places(x.shape(), d, index);
  return reshape(index_select(flatten(x), 0, places), index.shape());
}

Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  const int64_t d = normalize_dim("scatter_add", dim, x.dim());
  require_same_dtype("scatter_add", x.dtype(), source.dtype());
  check_index("scatter_add", x, d, index);
  require<ShapeError>(source.dim() == x.dim(),
                      "scatter_add: the source {} has other dimensions than {}", source.shape(),
                      x.shape());
  Tensor part = source;  // as large as the index
  for (int64_t k = 0; k < x.dim(); ++k) {
    require<ShapeError>(index.size(k) <= source.size(k),
                        "scatter_add: the index {} is larger than the source {}", index.shape(),
                        source.shape());
    if (index.size(k) < source.size(k)) part = narrow(part, k, 0, index.size(k));
  }
  const Tensor sums = index_add({x.numel()}, flat_places(x.shape(), d, index), flatten(part));
  return x + reshape(sums, x.shape());
}

OpInfos gather_ops() {
  return {OpInfo{"gather", gather_samples}, OpInfo{"scatter_add", scatter_add_samples}};
}

}  // namespace gradus
