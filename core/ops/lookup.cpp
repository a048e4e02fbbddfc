#include "core/ops/lookup.hpp"

#include <algorithm>

#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/extrema.hpp"
#include "core/ops/index.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// Where the elements of a bool tensor are true, in its flat memory: int64 [count]
Tensor true_places(const Tensor& mask) {
  const Tensor flat = mask.contiguous();
  std::vector<int64_t> places;
  for (int64_t i = 0; i < flat.numel(); ++i) {
    if (flat.data<bool>()[i]) places.push_back(i);
  }
  return tensor(places, {static_cast<int64_t>(places.size())});
}

// The index of dimension `dim` of x, with negative ones counted from the end.
Tensor wrapped(const Tensor& x, int64_t dim, const Tensor& given) {
  require<DTypeError>(given.dtype() == DType::int64, "index: expected int64 or bool, got {}",
                      name_of(given.dtype()));
  const int64_t size = x.size(dim);
  for (const int64_t i : given.to_vector<int64_t>()) {
    require<IndexError>(i >= -size && i < size, "index: {} is out of range for dimension {} of {}",
                        i, dim, x.shape());
  }
  return where(lt(given, 0), given + static_cast<double>(size), given);
}

// An index for each dimension of x: undefined, or int64 in [0, size).
Tensors one_per_dimension(const Tensor& x, const Tensors& indices) {
  Tensors all;
  for (const Tensor& given : indices) {
    const auto dim = static_cast<int64_t>(all.size());
    const bool is_mask = given.defined() && given.dtype() == DType::boolean;
    const int64_t count = is_mask ? given.dim() : 1;
    require<IndexError>(dim + count <= x.dim(), "index: more indices than {} has dimensions",
                        x.shape());
    if (!is_mask) {
      all.push_back(given.defined() ? wrapped(x, dim, given) : given);
      continue;
    }
    const Shape covered(x.shape().begin() + dim, x.shape().begin() + dim + count);
    require<ShapeError>(given.shape() == covered,
                        "index: the mask {} does not fit {} at dimension {}", given.shape(),
                        x.shape(), dim);
    const Tensor places = nonzero(given);
    for (int64_t k = 0; k < count; ++k) all.push_back(select(places, 1, k));
  }
  all.resize(x.shape().size());
  return all;
}

// y_(i, j) = x_(index(i), j);   dx = Σ_i dy_(i, j) added at (index(i), j)
Samples index_samples() {
  const std::vector<int64_t> places{2, 0, -1};
  const Tensor i = tensor(places, {3}), column = tensor(places, {3, 1});
  const Tensor mask = tensor({1, 0, 1, 0, 1, 1}, DType::boolean).view({2, 3});
  const Tensor x = sample_normal({3, 2, 3});
  return {{"rows", {x}, [=](const Tensors& in) { return index(in[0], {i}); }},
          {"ends, broadcast",
           {x},
           [=](const Tensors& in) {
             return index(in[0], {i, {}, column});
           }},
          {"middle",
           {sample_normal({3, 3})},
           [=](const Tensors& in) {
             return index(in[0], {{}, i});
           }},
          {"mask", {x}, [=](const Tensors& in) {
             return index(in[0], {{}, mask});
           }}};
}

// y = the x_i with m_i;   dx_i = m_i ? its dy : 0
Samples masked_select_samples() {
  const Tensor mask = tensor({1, 0, 1, 1}, DType::boolean);
  return {{"broadcast mask",
           {sample_normal({3, 4})},
           [=](const Tensors& in) { return masked_select(in[0], mask); }},
          {"broadcast input", {sample_normal({3, 1})}, [=](const Tensors& in) {
             return masked_select(in[0], mask);
           }}};
}

}  // namespace

Tensor index(const Tensor& x, const Tensors& indices) {
  const Tensors all = one_per_dimension(x, indices);
  std::vector<int64_t> indexed, kept;
  for (int64_t d = 0; d < x.dim(); ++d) {
    (all[static_cast<size_t>(d)].defined() ? indexed : kept).push_back(d);
  }
  if (indexed.empty()) return x.clone();

  // the dimensions indexed go to the front, where one index into all of them reads rows
  Tensor places = all[static_cast<size_t>(indexed[0])];
  for (size_t k = 1; k < indexed.size(); ++k) {
    places =
        places * static_cast<double>(x.size(indexed[k])) + all[static_cast<size_t>(indexed[k])];
  }
  std::vector<int64_t> order = indexed;
  order.insert(order.end(), kept.begin(), kept.end());
  const Tensor front = permute(x, order);
  Shape rows(front.shape().begin() + static_cast<int64_t>(indexed.size()), front.shape().end());
  Shape result = places.shape();
  result.insert(result.end(), rows.begin(), rows.end());
  int64_t count = 1;
  for (const int64_t d : indexed) count *= x.size(d);
  rows.insert(rows.begin(), count);
  const Tensor y = reshape(index_select(reshape(front, rows), 0, flatten(places)), result);

  // and back, if they are neighbours: behind the dimensions kept before them
  const bool neighbours =
      indexed.back() - indexed.front() + 1 == static_cast<int64_t>(indexed.size());
  if (!neighbours) return y;
  std::vector<int64_t> back(static_cast<size_t>(y.dim()));
  const int64_t before = indexed.front(), width = places.dim();
  for (int64_t d = 0; d < y.dim(); ++d) {
    back[static_cast<size_t>(d)] = d < before ? d + width : d < before + width ? d - before : d;
  }
  return permute(y, back);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  require<DTypeError>(mask.dtype() == DType::boolean,
                      "masked_select: the mask must be bool, not {}", name_of(mask.dtype()));
  const Shape shape = broadcast_shapes("masked_select", x.shape(), mask.shape());
  return index_select(flatten(expand(x, shape)), 0, true_places(expand(mask, shape)));
}

Tensor nonzero(const Tensor& x) {
  const Tensor places = true_places(to(x.detach(), DType::boolean));
  const Tensor result = empty({places.numel(), x.dim()}, DType::int64);
  for (int64_t i = 0; i < places.numel(); ++i) {
    int64_t place = places.data<int64_t>()[i];
    for (int64_t d = x.dim(); d-- > 0;) {
      result.data<int64_t>()[i * x.dim() + d] = place % x.size(d);
      place /= x.size(d);
    }
  }
  return result;
}

Tensor one_hot(const Tensor& index, int64_t classes) {
  require<DTypeError>(index.dtype() == DType::int64, "one_hot: the index must be int64, not {}",
                      name_of(index.dtype()));
  require<ValueError>(classes > 0 || (classes == -1 && index.numel() > 0),
                      "one_hot: the number of classes cannot be {} for an index of shape {}",
                      classes, index.shape());
  const int64_t count = classes == -1 ? max(index).item<int64_t>() + 1 : classes;
  for (const int64_t i : index.to_vector<int64_t>()) {
    require<IndexError>(i >= 0 && i < count, "one_hot: index {} is out of range for {} classes", i,
                        count);
  }
  return to(eq(unsqueeze(index, -1), arange(count)), DType::int64);
}

OpInfos lookup_ops() {
  return {OpInfo{"index", index_samples}, OpInfo{"masked_select", masked_select_samples}};
}

}  // namespace gradus
