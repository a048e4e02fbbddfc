// Anomaly mode: while it is on, the first operation whose result or gradient is NaN or infinite
// throws. It reads every result once more, so it is for finding a fault, not for training.
#pragma once

#include <string>
#include <string_view>

#include "core/tensor/tensor.hpp"

namespace gradus {

struct AnomalyError : Error {
  AnomalyError(std::string_view op, std::string_view phase);
  std::string op;     // the name of the operation
  std::string phase;  // "forward" or "backward"
};

bool anomaly_mode();

class AnomalyMode {
 public:
  AnomalyMode();
  ~AnomalyMode();
  AnomalyMode(const AnomalyMode&) = delete;
  AnomalyMode& operator=(const AnomalyMode&) = delete;

 private:
  bool previous_;
};

// Whether every element is finite; true for dtypes that cannot hold anything else.
bool all_finite(const Tensor& tensor);

// Throws AnomalyError if one of the tensors holds NaN or infinity where all of `inputs` are finite.
void check_finite(std::string_view op, std::string_view phase, const Tensors& results,
                  const Tensors& inputs);

}  // namespace gradus
