// exp, tanh, bias and column sums; see gelu.cpp and dropout.cpp for the rest of the family.
#include "core/kernels/elementwise.hpp"

#include "core/kernels/grain.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/reference.hpp"
#include "core/kernels/row_sums.hpp"
#include "core/kernels/scratch.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/elementwise.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

void exp_span(const float* x, float* y, int64_t n) {
  const Floats d;
  for_each_four(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
    store(d, exp(load(d, x + i, lanes)), y + i, lanes);
  });
}

void tanh_span(const float* x, float* y, int64_t n) {
  const Floats d;
  for_each_four(d, n, [&](int64_t i, auto lanes) HWY_ATTR {
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

void sum_over_rows(int64_t rows, int64_t cols, float* y,
                   const std::function<void(int64_t begin, int64_t end, float* sums)>& add_rows) {
  // enough chunks for the threads, but few sums to add up; and rows whose sum rounds off little
  constexpr int64_t kChunks = 64, kMostRows = 1024;
  const int64_t grain =
      std::max(row_grain(cols), std::min((rows + kChunks - 1) / kChunks, kMostRows));
  const Scratch<float> sums((rows + grain - 1) / grain * cols);  // [chunks, cols]
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    float* own = sums.get() + begin / grain * cols;
    std::fill_n(own, cols, 0.0F);
    add_rows(begin, end, own);
  });
  std::fill_n(y, cols, 0.0F);
  for (int64_t begin = 0; begin < rows; begin += grain) {
    HWY_DYNAMIC_DISPATCH(add_span)(sums.get() + begin / grain * cols, y, cols);
  }
}

void column_sum(const float* x, float* y, int64_t rows, int64_t cols) {
  sum_over_rows(rows, cols, y, [&](int64_t begin, int64_t end, float* sums) {
    const auto add = HWY_DYNAMIC_DISPATCH(add_span);
    for (int64_t i = begin; i < end; ++i) add(x + i * cols, sums, cols);
  });
}
void column_sum(const double* x, double* y, int64_t rows, int64_t cols) {
  reference::column_sum(x, y, rows, cols);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
