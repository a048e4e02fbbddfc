#include "core/ops/index.hpp"

#include "core/autograd/apply.hpp"
#include "core/kernels/table_rows.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

int64_t row_size(const Shape& shape) { return numel(Shape(shape.begin() + 1, shape.end())); }

// y_i = x_index(i);   dx = Σ_i dy_i added at index(i)
struct IndexSelect {
  static constexpr std::string_view name = "index_select";
  Saved index{};
  Shape from{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous(), rows = index;
    from = x.shape();
    Shape shape = from;
    shape[0] = rows.numel();
    const Tensor y = empty(shape, x.dtype());
    const int64_t cols = row_size(shape);
    dispatch(x.dtype(), [&]<class T>() {
      kernels::select_rows<T>({x.data<T>(), rows.data<int64_t>()}, y.data<T>(), rows.numel(), cols);
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {index_add(from, index, dy)}; }
  static Samples samples() {
    const std::vector<int64_t> rows{2, 0, 2};
    const Tensor index = tensor(rows, {3});
    return {{"repeated rows",
             {sample_normal({3, 3})},
             [index](const Tensors& x) { return index_select(x[0], 0, index); }},
            {"columns", {sample_normal({2, 3, 2})}, [index](const Tensors& x) {
               return index_select(x[0], 1, index);
             }}};
  }
};

// y = 0, y_index(i) += x_i;   dx_i = dy_index(i)
struct IndexAdd {
  static constexpr std::string_view name = "index_add";
  Shape shape{};
  Saved index{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous(), rows = index;
    const Tensor y = zeros(shape, x.dtype());
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      const kernels::TableRows<T> sums{y.data<T>(), rows.data<int64_t>()};
      kernels::add_rows<T>(x.data<T>(), {&sums, 1}, rows.numel(), row_size(shape));
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {index_select(dy, 0, index)}; }
  static Samples samples() {
    const std::vector<int64_t> rows{2, 0, 2};
    const Tensor index = tensor(rows, {3});
    return {{"repeated rows", {sample_normal({3, 3})}, [index](const Tensors& x) {
               return index_add({4, 3}, index, x[0]);
             }}};
  }
};

}  // namespace

void check_index(std::string_view op, const Tensor& index, int64_t size) {
  require<DTypeError>(index.dtype() == DType::int64, "{}: the index must be int64, not {}", op,
                      name_of(index.dtype()));
  require<ShapeError>(index.dim() == 1, "{}: the index must have one dimension, not shape {}", op,
                      index.shape());
  const int64_t* i = index.data<int64_t>();
  for (int64_t k = 0; k < index.numel(); ++k) {
    require<IndexError>(i[k] >= 0 && i[k] < size, "{}: index {} is out of range for size {}", op,
                        i[k], size);
  }
}

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  const int64_t d = normalize_dim("index_select", dim, x.dim());
  if (d != 0) return transpose(index_select(transpose(x, 0, d), 0, index), 0, d);
  const Tensor rows = index.contiguous();
  check_index("index_select", rows, x.size(0));
  return apply(IndexSelect{rows}, x);
}

Tensor index_add(const Shape& shape, const Tensor& index, const Tensor& x) {
  const Tensor rows = index.contiguous();
  Shape expected = shape;
  if (!shape.empty()) expected[0] = rows.numel();
  require<ShapeError>(!shape.empty() && x.shape() == expected,
                      "index_add: rows of {} do not fit {} at {} places", x.shape(), shape,
                      rows.numel());
  check_index("index_add", rows, shape[0]);
  return apply(IndexAdd{shape, rows}, x);
}

Tensor Tensor::index_select(int64_t dim, const Tensor& index) const {
  return gradus::index_select(*this, dim, index);
}

OpInfos index_ops() { return {op_info<IndexSelect>(), op_info<IndexAdd>()}; }

}  // namespace gradus
