#include "core/ops/dims.hpp"

#include <numeric>

#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// The same elements under another shape: dy goes back under x's.
Samples transpose_samples() {
  return {
      {"matrix", {sample_normal({3, 3})}, [](const Tensors& x) { return transpose(x[0], 0, 1); }},
      {"ends", {sample_normal({2, 3, 4})}, [](const Tensors& x) {
         return transpose(x[0], 0, -1);
       }}};
}

Samples squeeze_samples() {
  const Tensor x = sample_normal({2, 1, 3});
  return {{"middle", {x}, [](const Tensors& in) { return squeeze(in[0], 1); }},
          {"scalar", {sample_normal({1})}, [](const Tensors& in) { return squeeze(in[0], 0); }}};
}

Samples unsqueeze_samples() {
  return {{"middle", {sample_normal({3, 3})}, [](const Tensors& x) { return unsqueeze(x[0], 1); }},
          {"scalar", {sample_normal({})}, [](const Tensors& x) { return unsqueeze(x[0], -1); }}};
}

Samples flatten_samples() {
  const Tensor x = sample_normal({2, 3, 3});
  return {{"all", {x}, [](const Tensors& in) { return flatten(in[0]); }},
          {"last two", {x}, [](const Tensors& in) { return flatten(in[0], 1); }},
          {"scalar", {sample_normal({})}, [](const Tensors& in) { return flatten(in[0]); }}};
}

Samples unflatten_samples() {
  const Tensor x = sample_normal({2, 6});
  return {{"last",
           {x},
           [](const Tensors& in) {
             return unflatten(in[0], -1, {3, 2});
           }},
          {"one size inferred", {x}, [](const Tensors& in) {
             return unflatten(in[0], 1, {2, -1, 1});
           }}};
}

Samples select_samples() {
  const Tensor x = sample_normal({2, 3, 3});
  return {{"row", {x}, [](const Tensors& in) { return select(in[0], 0, 1); }},
          {"from the end", {x}, [](const Tensors& in) { return select(in[0], 1, -1); }}};
}

}  // namespace

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) {
  std::vector<int64_t> dims(static_cast<size_t>(x.dim()));
  std::iota(dims.begin(), dims.end(), 0);
  std::swap(dims[static_cast<size_t>(normalize_dim("transpose", dim0, x.dim()))],
            dims[static_cast<size_t>(normalize_dim("transpose", dim1, x.dim()))]);
  return permute(x, dims);
}

Tensor squeeze(const Tensor& x, int64_t dim) {
  Shape shape = x.shape();
  const int64_t d = normalize_dim("squeeze", dim, x.dim());
  if (shape[static_cast<size_t>(d)] != 1) return x;  // as in PyTorch
  shape.erase(shape.begin() + d);
  return view(x, shape);
}

Tensor unsqueeze(const Tensor& x, int64_t dim) {
  Shape shape = x.shape();
  shape.insert(shape.begin() + normalize_dim("unsqueeze", dim, x.dim() + 1), 1);
  return view(x, shape);
}

Tensor flatten(const Tensor& x, int64_t first, int64_t last) {
  if (x.dim() == 0) return view(x, {1});
  const int64_t begin = normalize_dim("flatten", first, x.dim());
  const int64_t end = normalize_dim("flatten", last, x.dim());
  require<IndexError>(begin <= end, "flatten: dimension {} comes after {}", begin, end);
  Shape shape(x.shape().begin(), x.shape().begin() + begin + 1);
  for (int64_t d = begin + 1; d <= end; ++d) shape.back() *= x.size(d);
  shape.insert(shape.end(), x.shape().begin() + end + 1, x.shape().end());
  return reshape(x, shape);
}

Tensor unflatten(const Tensor& x, int64_t dim, const Shape& sizes) {
  const int64_t d = normalize_dim("unflatten", dim, x.dim());
  int64_t known = 1, unknown = 0;
  for (const int64_t size : sizes) size == -1 ? ++unknown : known *= size;
  const bool fits =
      unknown == 0 ? known == x.size(d) : unknown == 1 && known > 0 && x.size(d) % known == 0;
  require<ShapeError>(fits, "unflatten: sizes {} do not divide dimension {} of {}", sizes, d,
                      x.shape());
  Shape shape(x.shape().begin(), x.shape().begin() + d);
  for (const int64_t size : sizes) shape.push_back(size == -1 ? x.size(d) / known : size);
  shape.insert(shape.end(), x.shape().begin() + d + 1, x.shape().end());
  return view(x, shape);
}

Tensor as_rows(const Tensor& x) {
  require<ShapeError>(x.dim() > 0, "as_rows: a scalar has no rows");
  const Shape leading(x.shape().begin(), x.shape().end() - 1);
  return x.dim() == 2 ? x : reshape(x, {numel(leading), x.size(-1)});
}

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  const int64_t d = normalize_dim("select", dim, x.dim()), size = x.size(d);
  require<IndexError>(index >= -size && index < size,
                      "select: index {} is out of range for dimension {} of {}", index, d,
                      x.shape());
  return squeeze(narrow(x, d, index < 0 ? index + size : index, 1), d);
}

Tensor Tensor::transpose(int64_t a, int64_t b) const { return gradus::transpose(*this, a, b); }
Tensor Tensor::squeeze(int64_t dim) const { return gradus::squeeze(*this, dim); }
Tensor Tensor::unsqueeze(int64_t dim) const { return gradus::unsqueeze(*this, dim); }
Tensor Tensor::flatten(int64_t first, int64_t last) const {
  return gradus::flatten(*this, first, last);
}
Tensor Tensor::select(int64_t dim, int64_t index) const {
  return gradus::select(*this, dim, index);
}

OpInfos dims_ops() {
  return {OpInfo{"transpose", transpose_samples}, OpInfo{"squeeze", squeeze_samples},
          OpInfo{"unsqueeze", unsqueeze_samples}, OpInfo{"flatten", flatten_samples},
          OpInfo{"unflatten", unflatten_samples}, OpInfo{"select", select_samples}};
}

}  // namespace gradus
