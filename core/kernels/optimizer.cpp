#include "core/kernels/optimizer.hpp"

#include <cmath>

#include "core/kernels/grain.hpp"
#include "core/kernels/optimizer_reference.hpp"
#include "core/kernels/parallel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/optimizer.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

void adam_span(AdamStep step, float* p, const float* g, float* m, float* v, int64_t n) {
  const Floats d;
  const auto constant = [d](double x) HWY_ATTR { return hn::Set(d, static_cast<float>(x)); };
  const FloatVec beta1 = constant(step.beta1), rest1 = constant(1 - step.beta1);
  const FloatVec beta2 = constant(step.beta2), rest2 = constant(1 - step.beta2);
  const FloatVec grad_scale = constant(step.grad_scale), eps = constant(step.eps);
  const FloatVec decay = constant(1 - step.lr * step.weight_decay);
  const FloatVec rate = constant(step.lr / step.correction1);
  const FloatVec root_scale = constant(1 / std::sqrt(step.correction2));
  for_each_vector(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    // m ← β₁m + (1−β₁)g;   v ← β₂v + (1−β₂)g²
    const FloatVec gradient = hn::Mul(grad_scale, load(d, g + i, lanes));
    const FloatVec new_m = hn::MulAdd(beta1, load(d, m + i, lanes), hn::Mul(rest1, gradient));
    const FloatVec new_v =
        hn::MulAdd(beta2, load(d, v + i, lanes), hn::Mul(rest2, hn::Mul(gradient, gradient)));
    // p ← (1 − lr·weight_decay)·p − lr/c₁ · m / (√v/√c₂ + eps)
    const FloatVec root = hn::MulAdd(hn::Sqrt(new_v), root_scale, eps);
    const FloatVec update = hn::Mul(rate, hn::Div(new_m, root));
    store(d, hn::MulSub(decay, load(d, p + i, lanes), update), p + i, lanes);
    store(d, new_m, m + i, lanes);
    store(d, new_v, v + i, lanes);
  });
}

// Σ x_i², in double
double sum_of_squares_span(const float* x, int64_t n) {
  const hn::ScalableTag<double> d64;
  const hn::Rebind<float, hn::ScalableTag<double>> d32;
  auto sums = hn::Zero(d64);
  for_each_vector(d32, n, [&](int64_t i, auto lanes) HWY_ATTR {
    const auto wide = hn::PromoteTo(d64, load(d32, x + i, lanes));
    sums = hn::MulAdd(wide, wide, sums);
  });
  return hn::GetLane(hn::SumOfLanes(d64, sums));
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(adam_span);
HWY_EXPORT(sum_of_squares_span);

void adam_step(AdamStep step, float* p, const float* g, float* m, float* v, int64_t n) {
  parallel_for(n, kElementGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(adam_span)
    (step, p + begin, g + begin, m + begin, v + begin, end - begin);
  });
}
void adam_step(AdamStep step, double* p, const double* g, double* m, double* v, int64_t n) {
  reference::adam_step(step, p, g, m, v, n);
}

double sum_of_squares(const float* x, int64_t n) {
  return parallel_sum<double>(n, kElementGrain, [&](int64_t begin, int64_t end) {
    return HWY_DYNAMIC_DISPATCH(sum_of_squares_span)(x + begin, end - begin);
  });
}
double sum_of_squares(const double* x, int64_t n) { return reference::sum_of_squares(x, n); }

}  // namespace gradus::kernels
#endif  // HWY_ONCE
