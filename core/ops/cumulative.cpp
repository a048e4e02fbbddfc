#include "core/ops/cumulative.hpp"

#include <numeric>

#include "core/autograd/apply.hpp"
#include "core/ops/rearrange.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// y_i = Σ_{j≤i} x_j;   dx_j = Σ_{i≥j} dy_i, the same from the end
struct CumSum {  // along the last dimension
  static constexpr std::string_view name = "cumsum";
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous();
    const Tensor y = empty_like(x);
    const int64_t n = x.size(-1), rows = n == 0 ? 0 : x.numel() / n;
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      for (int64_t row = 0; row < rows; ++row) {
        const T* from = x.data<T>() + row * n;
        std::partial_sum(from, from + n, y.data<T>() + row * n);
      }
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {flip(cumsum(flip(dy, {-1}), -1), {-1})}; }
  static Samples samples() {
    const Tensor x = sample_normal({3, 4});
    return {{"rows", {sample_normal({3, 3})}, [](const Tensors& in) { return cumsum(in[0], 1); }},
            {"columns", {x}, [](const Tensors& in) { return cumsum(in[0], 0); }}};
  }
};

}  // namespace

Tensor cumsum(const Tensor& x, int64_t dim) {
  const int64_t d = normalize_dim("cumsum", dim, x.dim());
  return transpose(apply(CumSum{}, transpose(x, d, -1)), d, -1);
}

OpInfos cumulative_ops() { return {op_info<CumSum>()}; }

}  // namespace gradus
