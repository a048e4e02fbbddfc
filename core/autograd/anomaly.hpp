// Anomaly mode: while it is on, the first operation whose result or gradient is NaN or infinite
// throws, and says how the computation came there. It reads every result once more, so it is for
// finding a fault, not for training.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace gradus {

struct AnomalyError : Error {
  AnomalyError(std::string_view op, std::string_view phase, std::vector<std::string> chain = {},
               std::vector<std::string> path = {});
  std::string op;     // the name of the operation
  std::string phase;  // "forward" or "backward"
  // The operation, "matmul([2, 3], [3, 4]) → [2, 4]", then the one that made its newest input, and so
  // on down to a leaf; of what was not recorded, the operation alone.
  std::vector<std::string> chain;
  // In backward: the operations through which the gradient came, that which sent it first.
  std::vector<std::string> path;
};

// "matmul([2, 3], [3, 4]) → [2, 4]"; "leaf" for where a graph ends.
std::string describe(const Node& node);

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
