// exp, tanh, bias and column sums; see gelu.cpp and dropout.cpp for the rest of the family.
#include "core/kernels/elementwise.hpp"

#include <vector>

#include "core/kernels/grain.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/reference.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/elementwise.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

void exp_span(const float* x, float* y, int64_t n) {
  const Floats d;
  for_each_vector(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    store(d, exp(load(d, x + i, lanes)), y + i, lanes);
  });
}

void tanh_span(const float* x, float* y, int64_t n) {
  const Floats d;
  for_each_vector(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    store(d, tanh(load(d, x + i, lanes)), y + i, lanes);
  });
}

// y ← y + x
void add_span(const float* x, float* y, int64_t n) {
  const Floats d;
  for_each_vector(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    store(d, hn::Add(load(d, y + i, lanes), load(d, x + i, lanes)), y + i, lanes);
  });
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(exp_span);
HWY_EXPORT(tanh_span);
HWY_EXPORT(add_span);

void exp(const float* x, float* y, int64_t n) {
  parallel_for(n, kElementGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(exp_span)(x + begin, y + begin, end - begin);
  });
}
void exp(const double* x, double* y, int64_t n) { reference::exp(x, y, n); }

void tanh(const float* x, float* y, int64_t n) {
  parallel_for(n, kElementGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(tanh_span)(x + begin, y + begin, end - begin);
  });
}
void tanh(const double* x, double* y, int64_t n) { reference::tanh(x, y, n); }

// Each chunk of rows has a sum of its own; these are added up in the chunks' order.
void column_sum(const float* x, float* y, int64_t rows, int64_t cols) {
  const int64_t grain = row_grain(cols);
  const int64_t chunks = (rows + grain - 1) / grain;
  std::vector<float> partial(static_cast<size_t>(chunks * cols));
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    const auto add = HWY_DYNAMIC_DISPATCH(add_span);
    float* sum = partial.data() + begin / grain * cols;
    for (int64_t i = begin; i < end; ++i) add(x + i * cols, sum, cols);
  });
  std::fill(y, y + cols, 0.0F);
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    HWY_DYNAMIC_DISPATCH(add_span)(partial.data() + chunk * cols, y, cols);
  }
}
void column_sum(const double* x, double* y, int64_t rows, int64_t cols) {
  reference::column_sum(x, y, rows, cols);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
