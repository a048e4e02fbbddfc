// GELU and its gradient, alone and fused with the bias of the layer before it.
#include "core/kernels/elementwise.hpp"
#include "core/kernels/grain.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/reference.hpp"
#include "core/kernels/row_sums.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/gelu.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// gelu(x) = x·Φ(x)
struct GeluErf {
  HWY_INLINE static FloatVec value(FloatVec x) { return hn::Mul(x, normal(x).cdf); }

  // gelu' = Φ + x·φ,   φ = exp(−x²/2) / √(2π)
  HWY_INLINE static FloatVec derivative(FloatVec x) {
    constexpr float kInverseSqrt2Pi = 0.398942280F;
    const Normal n = normal(x);
    return hn::MulAdd(x, hn::Mul(n.exp_square, set(kInverseSqrt2Pi)), n.cdf);
  }
};

// gelu(x) = ½x(1 + tanh u) = x·σ(2u),   u = √(2/π)(x + 0.044715x³)
struct GeluTanh {
  static constexpr float kSlope = static_cast<float>(2 * reference::kSqrt2OverPi);
  static constexpr float kCubic = static_cast<float>(reference::kGeluCubic);

  HWY_INLINE static FloatVec value(FloatVec x) {
    const FloatVec inner = hn::MulAdd(hn::Mul(x, x), set(kCubic), set(1.0F));
    return hn::Mul(x, logistic(hn::Mul(hn::Mul(x, set(kSlope)), inner)).value);
  }

  // gelu' = σ + x·σ(1 − σ)·(2u)',   (2u)' = 2√(2/π)(1 + 3·0.044715x²)
  HWY_INLINE static FloatVec derivative(FloatVec x) {
    const FloatVec square = hn::Mul(x, x);
    const FloatVec inner = hn::MulAdd(square, set(kCubic), set(1.0F));
    const Logistic s = logistic(hn::Mul(hn::Mul(x, set(kSlope)), inner));
    const FloatVec slope = hn::Mul(set(kSlope), hn::MulAdd(square, set(3 * kCubic), set(1.0F)));
    return hn::MulAdd(hn::Mul(x, s.derivative), slope, s.value);
  }
};

// The bias of `lanes` columns, or 0 where there is none.
template <class Lanes>
HWY_INLINE FloatVec bias_at(const float* bias, int64_t i, Lanes lanes) {
  const Floats d;
  return bias == nullptr ? hn::Zero(d) : load(d, bias + i, lanes);
}

template <class Gelu>
HWY_INLINE void forward(const float* x, const float* bias, float* y, int64_t n) {
  const Floats d;
  for_each_vector(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    const FloatVec z = hn::Add(load(d, x + i, lanes), bias_at(bias, i, lanes));
    store(d, Gelu::value(z), y + i, lanes);
  });
}

// dx = dy·gelu'(x + bias), which is also added to `sums` where there are some.
template <class Gelu>
HWY_INLINE void backward(const float* x, const float* bias, const float* dy, float* dx, float* sums,
                         int64_t n) {
  const Floats d;
  for_each_vector(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    const FloatVec z = hn::Add(load(d, x + i, lanes), bias_at(bias, i, lanes));
    const FloatVec gradient = hn::Mul(load(d, dy + i, lanes), Gelu::derivative(z));
    store(d, gradient, dx + i, lanes);
    if (sums != nullptr) store(d, hn::Add(load(d, sums + i, lanes), gradient), sums + i, lanes);
  });
}

// bias may be null, and sums.
void gelu_span(GeluForm form, const float* x, const float* bias, float* y, int64_t n) {
  if (form == GeluForm::erf) return forward<GeluErf>(x, bias, y, n);
  forward<GeluTanh>(x, bias, y, n);
}

void gelu_backward_span(GeluForm form, const float* x, const float* bias, const float* dy,
                        float* dx, float* sums, int64_t n) {
  if (form == GeluForm::erf) return backward<GeluErf>(x, bias, dy, dx, sums, n);
  backward<GeluTanh>(x, bias, dy, dx, sums, n);
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(gelu_span);
HWY_EXPORT(gelu_backward_span);

void gelu(GeluForm form, const float* x, float* y, int64_t n) {
  parallel_for(n, kElementGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(gelu_span)(form, x + begin, nullptr, y + begin, end - begin);
  });
}
void gelu(GeluForm form, const double* x, double* y, int64_t n) { reference::gelu(form, x, y, n); }

void gelu_backward(GeluForm form, const float* x, const float* dy, float* dx, int64_t n) {
  parallel_for(n, kElementGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(gelu_backward_span)
    (form, x + begin, nullptr, dy + begin, dx + begin, nullptr, end - begin);
  });
}
void gelu_backward(GeluForm form, const double* x, const double* dy, double* dx, int64_t n) {
  reference::gelu_backward(form, x, dy, dx, n);
}

void bias_gelu(GeluForm form, const float* x, const float* bias, float* y, int64_t rows,
               int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    const auto span = HWY_DYNAMIC_DISPATCH(gelu_span);
    for (int64_t i = begin; i < end; ++i) span(form, x + i * cols, bias, y + i * cols, cols);
  });
}
void bias_gelu(GeluForm form, const double* x, const double* bias, double* y, int64_t rows,
               int64_t cols) {
  reference::bias_gelu(form, x, bias, y, rows, cols);
}

void bias_gelu_backward(GeluForm form, const float* x, const float* bias, const float* dy,
                        float* dx, float* dbias, int64_t rows, int64_t cols) {
  sum_over_rows(rows, cols, dbias, [&](int64_t begin, int64_t end, float* sums) {
    const auto span = HWY_DYNAMIC_DISPATCH(gelu_backward_span);
    for (int64_t i = begin; i < end; ++i) {
      span(form, x + i * cols, bias, dy + i * cols, dx + i * cols, sums, cols);
    }
  });
}
void bias_gelu_backward(GeluForm form, const double* x, const double* bias, const double* dy,
                        double* dx, double* dbias, int64_t rows, int64_t cols) {
  reference::bias_gelu_backward(form, x, bias, dy, dx, dbias, rows, cols);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
