#include "core/ops/mask.hpp"

#include "core/autograd/apply.hpp"
#include "core/ops/compare.hpp"
#include "core/tensor/loop.hpp"

namespace gradus {
namespace {

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
    const Tensor c = gt(sample_normal({3, 3}, 7), 0);
    return {{"broadcast", {sample_normal({3, 3}), sample_normal({3}, 1)}, [c](const Tensors& x) {
               return where(c, x[0], x[1]);
             }}};
  }
};

// y = m ? value : x;   dx = m ? 0 : dy
Samples masked_fill_samples() {
  const Tensor rows = tensor({0, 1, 0}, DType::boolean).view({3, 1});
  const Tensor all = gt(sample_normal({3, 3}, 7), 0);
  return {{"same shape",
           {sample_normal({3, 3})},
           [all](const Tensors& x) { return masked_fill(x[0], all, -1); }},
          {"broadcast", {sample_normal({3, 2})}, [rows](const Tensors& x) {
             return masked_fill(x[0], rows, 0.5);
           }}};
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  require<DTypeError>(condition.dtype() == DType::boolean,
                      "where: the condition must be bool, not {}", name_of(condition.dtype()));
  return apply(Where{condition}, a, b);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  require<ShapeError>(stretches_to(mask.shape(), x.shape()),
                      "masked_fill: the mask {} does not broadcast to {}", mask.shape(), x.shape());
  return where(mask, scalar(value, x.dtype()), x);
}

Tensor Tensor::masked_fill(const Tensor& mask, double value) const {
  return gradus::masked_fill(*this, mask, value);
}

OpInfos mask_ops() { return {op_info<Where>(), OpInfo{"masked_fill", masked_fill_samples}}; }

}  // namespace gradus
