#include "core/autograd/anomaly.hpp"

#include <algorithm>
#include <cmath>

namespace gradus {
namespace {
thread_local bool anomaly_here = false;

bool all_finite(const Tensors& tensors) {
  return std::all_of(tensors.begin(), tensors.end(),
                     [](const Tensor& t) { return !t.defined() || gradus::all_finite(t); });
}
}  // namespace

AnomalyError::AnomalyError(std::string_view op_name, std::string_view op_phase)
    : Error(fmt::format("{}: its {} produced NaN or infinity", op_name, op_phase)),
      op(op_name),
      phase(op_phase) {}

bool anomaly_mode() { return anomaly_here; }

AnomalyMode::AnomalyMode() : previous_(anomaly_here) { anomaly_here = true; }
AnomalyMode::~AnomalyMode() { anomaly_here = previous_; }

bool all_finite(const Tensor& tensor) {
  if (!is_floating(tensor.dtype())) return true;
  return dispatch_floating("all_finite", tensor.dtype(), [&]<class T>() {
    const Tensor rows = tensor.detach().contiguous();
    const T* x = rows.data<T>();
    return std::all_of(x, x + rows.numel(), [](T value) { return std::isfinite(value); });
  });
}

void check_finite(std::string_view op, std::string_view phase, const Tensors& results,
                  const Tensors& inputs) {
  // Looking at a strided tensor copies it, by an operation that must not be watched in turn: that
  // would look at the same tensor, without end.
  anomaly_here = false;
  const bool produced = !all_finite(results) && all_finite(inputs);
  anomaly_here = true;
  if (produced) throw AnomalyError(op, phase);
}

}  // namespace gradus
