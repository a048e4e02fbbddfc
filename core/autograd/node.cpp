#include "core/autograd/node.hpp"

#include <atomic>

#include "core/autograd/graph_export.hpp"
#include "core/autograd/leaf_node.hpp"
#include "core/autograd/views.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

std::atomic<uint64_t> next_number{0};
thread_local Node* running_here = nullptr;

// Nodes whose last owner is being destroyed in this thread; null when none is.
thread_local std::vector<std::shared_ptr<Node>>* doomed = nullptr;

}  // namespace

Node::Node() : number_(next_number.fetch_add(1)) {}

// A chain of a million nodes must not be freed by a million nested destructors: the outermost one
// collects the nodes below, and drops them one after the other.
Node::~Node() {
  if (doomed) {
    for (Edge& edge : edges_) doomed->push_back(std::move(edge.node));
    return;
  }
  std::vector<std::shared_ptr<Node>> pending;
  for (Edge& edge : edges_) pending.push_back(std::move(edge.node));
  doomed = &pending;
  while (!pending.empty()) {
    const std::shared_ptr<Node> last = std::move(pending.back());
    pending.pop_back();
  }
  doomed = nullptr;
}

void Node::connect(const Tensors& inputs, const Tensors& outputs) {
  for (const Tensor& input : inputs) {
    edges_.push_back(gradient_edge(input));
    inputs_.push_back(input.defined() ? Port{input.shared_impl(), input.shape(), input.dtype()}
                                      : Port{});
  }
  number_ = next_number.fetch_add(1);  // after the accumulators of its inputs
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs_.push_back({outputs[i].shared_impl(), outputs[i].shape(), outputs[i].dtype()});
    if (!is_floating(outputs[i].dtype())) continue;
    outputs[i].impl()->autograd.grad_fn = shared_from_this();
    outputs[i].impl()->autograd.output_index = i;
  }
  KeepValues::keep(outputs);
}

Node* Node::running() { return running_here; }

RunningNode::RunningNode(Node* node) : previous_(running_here) { running_here = node; }
RunningNode::~RunningNode() { running_here = previous_; }

Edge gradient_edge(const Tensor& tensor) {
  if (!tensor.requires_grad()) return {};
  AutogradMeta& meta = current_history(tensor);
  if (meta.grad_fn) return {meta.grad_fn, meta.output_index};
  std::shared_ptr<Node> accumulator = meta.accumulator.lock();
  if (!accumulator) {
    accumulator = std::make_shared<LeafNode>(tensor);
    meta.accumulator = accumulator;
  }
  return {accumulator, 0};
}

bool needs_grad(size_t input) {
  const Node* node = Node::running();
  return !node || node->edges().at(input).node != nullptr;
}

}  // namespace gradus
