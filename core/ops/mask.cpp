#include "core/ops/mask.hpp"

#include "core/autograd/apply.hpp"
#include "core/tensor/loop.hpp"

namespace gradus {
namespace {

template <class F>
Tensor compare(std::string_view op, const Tensor& a, const Tensor& b, F f) {
  require_same_dtype(op, a.dtype(), b.dtype());
  const Tensor y = empty(broadcast_shapes(op, a.shape(), b.shape()), DType::boolean);
  dispatch(a.dtype(), [&]<class T>() { map<bool, T, T>(y, f, a, b); });
  return y;
}

// y = c ? a : b;   da = c ? dy : 0, db = c ? 0 : dy
struct Where {
  static constexpr std::string_view name = "where";
  Saved condition{};
  Tensor forward(const Tensor& a, const Tensor& b) {
    require_same_dtype(name, a.dtype(), b.dtype());
    const Tensor choice = condition;
    const Shape operands = broadcast_shapes(name, a.shape(), b.shape());
    const Tensor y = empty(broadcast_shapes(name, choice.shape(), operands), a.dtype());
    dispatch(a.dtype(), [&]<class T>() {
      map<T, bool, T, T>(
          y, [](bool c, T u, T v) { return c ? u : v; }, choice, a, b);
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const {
    const Tensor zero = zeros({}, dy.dtype()), choice = condition;
    return {needs_grad(0) ? where(choice, dy, zero) : Tensor(),
            needs_grad(1) ? where(choice, zero, dy) : Tensor()};
  }
  static Samples samples() {
    const Tensor c = gt(sample_normal({2, 3}, 7), zeros({}, DType::float64));
    return {{"broadcast", {sample_normal({2, 3}), sample_normal({3}, 1)}, [c](const Tensors& x) {
               return where(c, x[0], x[1]);
             }}};
  }
};

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  require<DTypeError>(condition.dtype() == DType::boolean,
                      "where: the condition must be bool, not {}", name_of(condition.dtype()));
  return apply(Where{condition}, a, b);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  require<ShapeError>(stretches_to(mask.shape(), x.shape()),
                      "masked_fill: the mask {} does not broadcast to {}", to_string(mask.shape()),
                      to_string(x.shape()));
  return where(mask, scalar(value, x.dtype()), x);
}

Tensor eq(const Tensor& a, const Tensor& b) {
  return compare("eq", a, b, [](auto x, auto y) { return x == y; });
}
Tensor ne(const Tensor& a, const Tensor& b) {
  return compare("ne", a, b, [](auto x, auto y) { return x != y; });
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return compare("lt", a, b, [](auto x, auto y) { return x < y; });
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return compare("gt", a, b, [](auto x, auto y) { return x > y; });
}

Tensor Tensor::masked_fill(const Tensor& mask, double value) const {
  return gradus::masked_fill(*this, mask, value);
}

OpInfos mask_ops() { return {op_info<Where>()}; }

}  // namespace gradus
