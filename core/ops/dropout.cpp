#include "core/ops/dropout.hpp"

#include "core/autograd/apply.hpp"
#include "core/kernels/elementwise.hpp"

namespace gradus {
namespace {

// y = mask·x / (1 − p);   dx = mask·dy / (1 − p), with the mask drawn again from the same stream
struct Dropout {
  static constexpr std::string_view name = "dropout";
  kernels::Dropout drop{};
  Tensor forward(const Tensor& input) {
    const Tensor x = input.contiguous();
    const Tensor y = empty_like(x);
    dispatch_floating(name, x.dtype(), [&]<class T>() {
      kernels::dropout(drop, x.data<T>(), y.data<T>(), x.numel());
    });
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {apply(Dropout{drop}, dy)}; }
  static Samples samples() {
    return {{"half", {sample_normal({4, 4})}, [](const Tensors& x) {
               return dropout(x[0], 0.5, {.seed = 1, .stream = 2});
             }}};
  }
};

}  // namespace

Tensor dropout(const Tensor& x, double p, RandomStream stream) {
  require<ValueError>(p >= 0 && p < 1, "dropout: the probability must be in [0, 1), got {}", p);
  return p == 0 ? x : apply(Dropout{{p, stream}}, x);
}

OpInfos dropout_ops() { return {op_info<Dropout>()}; }

}  // namespace gradus
