#include "core/ops/matmul.hpp"

#include "core/autograd/apply.hpp"
#include "core/autograd/textbook_backward.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/gemm.hpp"
#include "core/kernels/parallel.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// A tensor whose last two dimensions lie in memory as rows or as columns, so that a product can
// read it as it is.
Tensor with_matrix_strides(const Tensor& x) {
  const int64_t rows = x.size(-2), cols = x.size(-1);
  const auto row_stride = x.strides()[x.shape().size() - 2], col_stride = x.strides().back();
  const bool by_rows = col_stride == 1 && (rows <= 1 || row_stride >= cols);
  const bool by_cols = row_stride == 1 && (cols <= 1 || col_stride >= rows);
  return by_rows || by_cols ? x : contiguous(x);
}

template <class T>
kernels::Matrix<const T> matrix(const Tensor& x, int64_t offset) {
  const int64_t rows = x.size(-2), cols = x.size(-1);
  const auto row_stride = x.strides()[x.shape().size() - 2], col_stride = x.strides().back();
  const T* first = x.data<T>() + offset;
  if (col_stride == 1 && (rows <= 1 || row_stride >= cols)) {
    return {first, std::max(row_stride, cols)};
  }
  return {first, std::max(col_stride, rows), true};
}

void check_matrices(const Tensor& a, const Tensor& b) {
  require_same_dtype("matmul", a.dtype(), b.dtype());
  require<ShapeError>(a.size(-1) == b.size(-2), "matmul: inner dimensions differ: {} × {}",
                      a.shape(), b.shape());
}

// Y = A·B;   dA = dY·Bᵀ, dB = Aᵀ·dY           a [m, k], b [k, n]
// and the same for every matrix of a batch:    a [batch, m, k], b [batch, k, n]
struct MatMul {
  static constexpr std::string_view name = "matmul";
  Saved a{}, b{};
  Tensor forward(const Tensor& a_in, const Tensor& b_in) {
    check_matrices(a_in, b_in);
    a = a_in, b = b_in;
    const Tensor left = with_matrix_strides(a_in), right = with_matrix_strides(b_in);
    const int64_t m = left.size(-2), n = right.size(-1), k = left.size(-1);
    Shape shape = left.shape();
    shape.back() = n;
    const Tensor y = empty(shape, left.dtype());
    dispatch_floating(name, y.dtype(), [&]<class T>() {
      if (y.dim() == 2) {
        kernels::gemm(m, n, k, T{1}, matrix<T>(left, 0), matrix<T>(right, 0), T{0},
                      {y.data<T>(), n});
        return;
      }
      constexpr int64_t kWork = 1 << 18;  // multiply-adds worth a thread
      const int64_t grain = std::max<int64_t>(1, kWork / std::max<int64_t>(1, m * n * k));
      parallel_for(y.size(0), grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          kernels::gemm(m, n, k, T{1}, matrix<T>(left, i * left.strides()[0]),
                        matrix<T>(right, i * right.strides()[0]), T{0},
                        {y.data<T>() + i * m * n, n});
        }
      });
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const {
    return {needs_grad(0) ? matmul(dy, transpose(b, -2, -1)) : Tensor(),
            needs_grad(1) ? matmul(transpose(a, -2, -1), dy) : Tensor()};
  }
  static Samples samples() {
    const auto call = [](const Tensors& x) { return matmul(x[0], x[1]); };
    return {
        {"matrices", {sample_normal({2, 3}), sample_normal({3, 4}, 1)}, call},
        {"transposed",
         {sample_normal({3, 2}), sample_normal({4, 3}, 1)},
         [](const Tensors& x) { return matmul(transpose(x[0], 0, 1), transpose(x[1], 0, 1)); }},
        {"batches broadcast", {sample_normal({2, 1, 3, 3}), sample_normal({2, 3, 3}, 1)}, call},
        {"one matrix for a batch", {sample_normal({2, 2, 3}), sample_normal({3, 2}, 1)}, call},
        {"vectors", {sample_normal({3}), sample_normal({3}, 1)}, call},
    };
  }
};

// forward: Y = X·Wᵀ + b;   dX = dY·W, dW = dYᵀ·X, db = Σ_rows dY       x [rows, in]
struct Linear {
  static constexpr std::string_view name = "linear";
  Saved x{}, weight{}, bias{};
  Tensor forward(const Tensor& x_in, const Tensor& w, const Tensor& b) {
    x = x_in, weight = w, bias = b;
    const Tensor y = empty({x_in.size(0), w.size(0)}, x_in.dtype());
    product(x_in, transpose(w, 0, 1), y, b);
    return y;
  }
  Tensors backward(const Tensor& dy_in) const {
    if (grad_enabled()) {
      return textbook_backward(
          [](const Tensors& in) { return textbook::linear(in[0], in[1], in[2]); },
          {x, weight, bias}, dy_in);
    }
    const Tensor dy = dy_in.contiguous();
    Tensor dx, dweight, dbias;
    if (needs_grad(0)) product(dy, weight, dx = empty_like(x.get()));
    if (needs_grad(1)) product(transpose(dy, 0, 1), x, dweight = empty_like(weight.get()));
    if (bias.defined() && needs_grad(2)) {
      dbias = empty({dy.size(1)}, dy.dtype());
      dispatch_floating(name, dy.dtype(), [&]<class T>() {
        kernels::column_sum(dy.data<T>(), dbias.data<T>(), dy.size(0), dy.size(1));
      });
    }
    return {dx, dweight, dbias};
  }
  // y = A·B + bias
  static void product(const Tensor& a_in, const Tensor& b_in, const Tensor& y,
                      const Tensor& bias_in = {}) {
    const Tensor a = with_matrix_strides(a_in), b = with_matrix_strides(b_in);
    const Tensor bias = bias_in.defined() ? bias_in.contiguous() : Tensor();
    dispatch_floating(name, y.dtype(), [&]<class T>() {
      kernels::gemm(y.size(0), y.size(1), a.size(1), T{1}, matrix<T>(a, 0), matrix<T>(b, 0), T{0},
                    {y.data<T>(), y.size(1)}, bias.defined() ? bias.data<T>() : nullptr);
    });
  }
  static Samples samples() {
    return {{"with bias",
             {sample_normal({2, 3, 4}), sample_normal({5, 4}, 1), sample_normal({5}, 2)},
             [](const Tensors& in) { return linear(in[0], in[1], in[2]); }},
            {"without bias",
             {sample_normal({3, 3}), sample_normal({3, 3}, 1)},
             [](const Tensors& in) { return linear(in[0], in[1]); }}};
  }
};

// [..., rows, cols] → [batch, rows, cols], with the leading dimensions stretched to `batch_shape`
Tensor as_batch(const Tensor& x, Shape batch_shape) {
  const int64_t batch = numel(batch_shape);
  batch_shape.insert(batch_shape.end(), x.shape().end() - 2, x.shape().end());
  const Tensor stretched = x.shape() == batch_shape ? x : expand(x, batch_shape);
  return reshape(stretched, {batch, x.size(-2), x.size(-1)});
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  require<ShapeError>(a.dim() > 0 && b.dim() > 0, "matmul: a scalar is not a matrix: {} × {}",
                      a.shape(), b.shape());
  if (a.dim() == 1) return squeeze(matmul(unsqueeze(a, 0), b), b.dim() == 1 ? 0 : -2);
  if (b.dim() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  check_matrices(a, b);
  if (b.dim() == 2) {  // one product over all rows of a
    if (a.dim() == 2) return apply(MatMul{}, a, b);
    Shape shape = a.shape();
    shape.back() = b.size(1);
    return view(apply(MatMul{}, as_rows(a), b), shape);
  }
  Shape shape = broadcast_shapes("matmul", Shape(a.shape().begin(), a.shape().end() - 2),
                                 Shape(b.shape().begin(), b.shape().end() - 2));
  const Tensor y = apply(MatMul{}, as_batch(a, shape), as_batch(b, shape));
  shape.insert(shape.end(), {a.size(-2), b.size(-1)});
  return view(y, shape);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  require<ShapeError>(weight.dim() == 2 && x.dim() > 0 && x.size(-1) == weight.size(1),
                      "linear: input {} does not fit weight {} [out, in]", x.shape(),
                      weight.shape());
  if (bias.defined()) {
    require<ShapeError>(bias.shape() == Shape{weight.size(0)},
                        "linear: bias {} must have shape [{}]", bias.shape(), weight.size(0));
  }
  require<DTypeError>(x.dtype() == weight.dtype() && (!bias.defined() || bias.dtype() == x.dtype()),
                      "linear: input holds {}, weight {}, bias {}", name_of(x.dtype()),
                      name_of(weight.dtype()), bias.defined() ? name_of(bias.dtype()) : "none");
  const Tensor y = apply(Linear{}, as_rows(x), weight, bias);
  if (x.dim() == 2) return y;
  Shape shape = x.shape();
  shape.back() = weight.size(0);
  return view(y, shape);
}

Tensor textbook::linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor y = matmul(x, transpose(weight, 0, 1));
  return bias.defined() ? y + bias : y;
}

Tensor Tensor::matmul(const Tensor& other) const { return gradus::matmul(*this, other); }

OpInfos matmul_ops() { return {op_info<MatMul>(), op_info<Linear>()}; }

FusedPairs matmul_pairs() {
  return {{"linear",
           {sample_normal({3, 5, 7}), sample_normal({4, 7}, 1), sample_normal({4}, 2)},
           [](const Tensors& x) { return linear(x[0], x[1], x[2]); },
           [](const Tensors& x) { return textbook::linear(x[0], x[1], x[2]); }}};
}

}  // namespace gradus
