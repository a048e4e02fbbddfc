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
  template <class V>
  HWY_INLINE static V value(const V& x) {
    return mul(x, normal(x).cdf);
  }

  // gelu' = Φ + x·φ,   φ = exp(−x²/2) / √(2π)
  template <class V>
  HWY_INLINE static V derivative(const V& x) {
    constexpr float kInverseSqrt2Pi = 0.398942280F;
    const Normal<V> n = normal(x);
    return mul_add(x, mul(n.exp_square, set(kInverseSqrt2Pi)), n.cdf);
  }
};

// gelu(x) = ½x(1 + tanh u) = x·σ(2u),   u = √(2/π)(x + 0.044715x³)
struct GeluTanh {
  static constexpr float kSlope = static_cast<float>(2 * reference::kSqrt2OverPi);
  static constexpr float kCubic = static_cast<float>(reference::kGeluCubic);

  template <class V>
  HWY_INLINE static V value(const V& x) {
    const V inner = mul_add(mul(x, x), set(kCubic), set(1.0F));
    return mul(x, logistic(mul(mul(x, set(kSlope)), inner)).value);
  }

  // gelu' = σ + x·σ(1 − σ)·(2u)',   (2u)' = 2√(2/π)(1 + 3·0.044715x²)
  template <class V>
  HWY_INLINE static V derivative(const V& x) {
    const V square = mul(x, x);
    const V inner = mul_add(square, set(kCubic), set(1.0F));
    const Logistic<V> s = logistic(mul(mul(x, set(kSlope)), inner));
    const V slope = mul(set(kSlope), mul_add(square, set(3 * kCubic), set(1.0F)));
    return mul_add(mul(x, s.derivative), slope, s.value);
  }
};

// x + bias for `lanes` columns; the bias may be null.
template <class Lanes>
HWY_INLINE auto biased(const float* x, const float* bias, int64_t i, Lanes lanes) {
  const Floats d;
  const auto value = load(d, x + i, lanes);
  return bias == nullptr ? value : add(value, load(d, bias + i, lanes));
}

template <class Gelu>
HWY_INLINE void forward(const float* x, const float* bias, float* y, int64_t n) {
  const Floats d;
  for_each_four(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    store(d, Gelu::value(biased(x, bias, i, lanes)), y + i, lanes);
  });
}

// dx = dy·gelu'(x + bias), which is also added to `sums` where there are some.
template <class Gelu>
HWY_INLINE void backward(const float* x, const float* bias, const float* dy, float* dx, float* sums,
                         int64_t n) {
  const Floats d;
  for_each_four(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    const auto derivative = Gelu::derivative(biased(x, bias, i, lanes));
    const auto gradient = mul(load(d, dy + i, lanes), derivative);
    store(d, gradient, dx + i, lanes);
    if (sums != nullptr) store(d, add(load(d, sums + i, lanes), gradient), sums + i, lanes);
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
