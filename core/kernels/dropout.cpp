#include "core/kernels/grain.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/reference.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/dropout.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/random-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// y_i = drop_i ? 0 : x_i / (1 − p)
void dropout_span(Dropout drop, int64_t first, const float* x, float* y, int64_t n) {
  const Floats d;
  const FloatVec scale = hn::Set(d, static_cast<float>(1 / (1 - drop.p)));
  for_each_dropout(drop, first, n, [&](int64_t i, auto lanes, auto dropped) HWY_ATTR {
    store(d, if_then_zero_else(dropped, mul(load(d, x + i, lanes), scale)), y + i, lanes);
  });
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(dropout_span);

void dropout_part(Dropout drop, int64_t first, const float* x, float* y, int64_t n) {
  HWY_DYNAMIC_DISPATCH(dropout_span)(drop, first, x, y, n);
}

void dropout(Dropout drop, const float* x, float* y, int64_t n) {
  parallel_for(n, kElementGrain, [&](int64_t begin, int64_t end) {
    dropout_part(drop, begin, x + begin, y + begin, end - begin);
  });
}
void dropout(Dropout drop, const double* x, double* y, int64_t n) {
  reference::dropout(drop, x, y, n);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
