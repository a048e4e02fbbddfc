#include "core/autograd/anomaly.hpp"

#include <algorithm>
#include <cmath>

#include "core/autograd/node.hpp"

namespace gradus {
namespace {
thread_local bool anomaly_here = false;

bool all_finite(const Tensors& tensors) {
  return std::all_of(tensors.begin(), tensors.end(),
                     [](const Tensor& t) { return !t.defined() || gradus::all_finite(t); });
}

std::string operation(std::string_view name, const std::vector<Shape>& inputs,
                      const std::vector<Shape>& outputs) {
  const auto list = [](const std::vector<Shape>& shapes) {
    std::string text;
    for (const Shape& shape : shapes) text += (text.empty() ? "" : ", ") + to_string(shape);
    return text;
  };
  return fmt::format("{}({}) → {}", name, list(inputs), list(outputs));
}

std::vector<Shape> shapes(const Tensors& tensors) {
  std::vector<Shape> result;
  for (const Tensor& tensor : tensors) {
    result.push_back(tensor.defined() ? tensor.shape() : Shape{});
  }
  return result;
}

std::vector<Shape> shapes(const std::vector<Node::Port>& ports) {
  std::vector<Shape> result;
  for (const Node::Port& port : ports) result.push_back(port.shape);
  return result;
}

bool is_leaf(const Node& node) { return node.edges().empty(); }

// The operation that ran last, or a leaf if all are leaves; null if no edge leads anywhere.
const Node* newest(const std::vector<Edge>& edges) {
  const Node* result = nullptr;
  for (const Edge& edge : edges) {
    const Node* node = edge.node.get();
    if (!node) continue;
    const auto rank = [](const Node& n) { return std::pair(!is_leaf(n), n.number()); };
    if (!result || rank(*node) > rank(*result)) result = node;
  }
  return result;
}

// Appends the operations that made what flows along the newest of the edges.
void append_history(std::vector<std::string>& chain, const std::vector<Edge>& edges) {
  for (const Node* node = newest(edges); node; node = newest(node->edges())) {
    chain.push_back(describe(*node));
  }
}

// One line for each operation; of long lists, the first lines.
std::string lines(std::string_view intro, const std::vector<std::string>& operations,
                  size_t first) {
  constexpr size_t kShown = 20;
  std::string text;
  for (size_t i = first; i < operations.size(); ++i) {
    if (i == kShown) return text + fmt::format("\n  ... and {} more", operations.size() - i);
    text += fmt::format("\n  {} {}", intro, operations[i]);
  }
  return text;
}

std::string message(std::string_view op, std::string_view phase,
                    const std::vector<std::string>& chain, const std::vector<std::string>& path) {
  return fmt::format("{}: its {} produced NaN or infinity{}{}{}", op, phase,
                     chain.empty() ? "" : "\n  " + chain[0], lines("of what came from", chain, 1),
                     lines("its gradient came through", path, 0));
}

// The chain of an operation that is not part of a graph yet.
std::vector<std::string> chain_of(std::string_view op, const Tensors& inputs,
                                  const Tensors& results) {
  std::vector<std::string> chain{operation(op, shapes(inputs), shapes(results))};
  std::vector<Edge> edges;
  for (const Tensor& input : inputs) edges.push_back(gradient_edge(input));
  append_history(chain, edges);
  return chain;
}

std::vector<std::string> chain_of(const Node& node) {
  std::vector<std::string> chain{describe(node)};
  append_history(chain, node.edges());
  return chain;
}

}  // namespace

AnomalyError::AnomalyError(std::string_view op_name, std::string_view op_phase,
                           std::vector<std::string> op_chain, std::vector<std::string> op_path)
    : Error(message(op_name, op_phase, op_chain, op_path)),
      op(op_name),
      phase(op_phase),
      chain(std::move(op_chain)),
      path(std::move(op_path)) {}

std::string describe(const Node& node) {
  if (is_leaf(node)) return std::string(node.name());
  return operation(node.name(), shapes(node.inputs()), shapes(node.outputs()));
}

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
  if (!produced) return;
  const Node* node = phase == "backward" ? Node::running() : nullptr;
  throw AnomalyError(op, phase, node ? chain_of(*node) : chain_of(op, inputs, results));
}

}  // namespace gradus
