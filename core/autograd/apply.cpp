#include "core/autograd/apply.hpp"

#include <algorithm>

#include "core/autograd/views.hpp"

namespace gradus::detail {

void record(const std::shared_ptr<Node>& node, const Tensors& inputs, const Tensors& outputs) {
  track_views(inputs, outputs);
  // what runs inside a backward counts as that backward, which the engine checks
  const bool check = anomaly_mode() && !Node::running();
  if (check) check_finite(node->name(), "forward", outputs, inputs);
  if (!grad_enabled()) return;
  const bool wanted = std::any_of(inputs.begin(), inputs.end(),
                                  [](const Tensor& input) { return input.requires_grad(); });
  if (wanted) node->connect(inputs, outputs);
}

}  // namespace gradus::detail
