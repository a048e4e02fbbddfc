#include "core/autograd/engine.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <queue>
#include <unordered_map>
#include <utility>

#include "core/autograd/anomaly.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/autograd/hooks.hpp"
#include "core/autograd/leaf_node.hpp"
#include "core/autograd/observer.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/reduce.hpp"
#include "core/tensor/creation.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

// Adds a term to a cotangent, which is undefined before the first.
void accumulate(Tensor& sum, const Tensor& term) {
  if (!sum.defined()) {
    sum = term;
  } else if (is_unshared(sum) && !grad_enabled()) {
    sum.add_(term);
  } else {
    sum = sum + term;
  }
}

class Traversal {
 public:
  explicit Traversal(BackwardOptions options) : options_(options) {}

  // Starts at `output`, or adds to what already flows there.
  void add(const Edge& edge, const Tensor& gradient) {
    auto [entry, is_new] = cotangents_.try_emplace(edge.node.get());
    if (is_new) {
      entry->second.resize(std::max<size_t>(edge.node->outputs().size(), 1));
      ready_.push(edge.node);
    }
    accumulate(entry->second[edge.output], gradient);
  }

  // Asks for the cotangent at `edge` instead of having leaves accumulate theirs.
  // Nodes older than all that are asked for cannot lead to them, and are not visited.
  void capture(const Edge& edge) {
    captured_[{edge.node.get(), edge.output}] = Tensor();
    oldest_ = std::min(oldest_, edge.node->number());
  }
  Tensor captured(const Edge& edge) const { return captured_.at({edge.node.get(), edge.output}); }

  // #region topological-walk
  // A node made later may use the results of earlier ones, never the other way round: when the
  // newest waiting node is taken, all of its users have been visited.
  void run() {
    const GradModeGuard mode(options_.create_graph);
    const Observed observed("backward", Phase::traversal);
    while (!ready_.empty()) {
      const std::shared_ptr<Node> node = ready_.top();
      ready_.pop();
      auto arrived = cotangents_.extract(node.get());
      visit(*node, std::move(arrived.mapped()));
    }
  }
  // #endregion topological-walk

 private:
  struct OlderFirst {
    bool operator()(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) const {
      return a->number() < b->number();
    }
  };

  void visit(Node& node, Tensors dy) {
    for (size_t i = 0; i < dy.size(); ++i) {
      call_hooks(node, i, dy[i]);
      const auto wanted = captured_.find({&node, i});
      if (wanted != captured_.end()) wanted->second = dy[i];
      if (!dy[i].defined()) dy[i] = zeros(node.outputs()[i].shape, node.outputs()[i].dtype);
    }
    if (node.edges().empty()) {  // a leaf
      if (captured_.empty()) node.backward(dy);
      return;
    }
    if (leads_on(node)) send(node, traced(node, dy));
  }

  static void call_hooks(Node& node, size_t output, Tensor& dy) {
    const std::shared_ptr<Hooks> hooks = node.hooks(output);
    if (!hooks || !dy.defined()) return;
    dy = hooks->run(std::move(dy));
    hooks->keep(dy);
  }

  // Whether anything that is asked for may lie below.
  bool leads_on(const Node& node) const {
    return std::any_of(node.edges().begin(), node.edges().end(),
                       [this](const Edge& edge) { return leads_on(edge); });
  }
  bool leads_on(const Edge& edge) const {
    return edge.node && (captured_.empty() || edge.node->number() >= oldest_);
  }

  Tensors differentiate(Node& node, const Tensors& dy) const {
    const RunningNode running(&node);
    Tensors dx;
    {
      const Observed observed({Phase::backward, node.name(), &node, dy, dx});
      dx = node.backward(dy);
    }
    require<GradError>(dx.size() == node.edges().size(),
                       "{}: backward returned {} gradients for {} inputs", node.name(), dx.size(),
                       node.edges().size());
    if (OpObserver* observer = OpObserver::active()) observer->after_backward(node, dy, dx);
    if (anomaly_mode()) check_finite(node.name(), "backward", dx, dy);
    if (!options_.retain_graph && !options_.create_graph) node.release_saved();
    return dx;
  }

  // differentiate(), where an anomaly also says by which way the gradient came.
  Tensors traced(Node& node, const Tensors& dy) const {
    try {
      return differentiate(node, dy);
    } catch (const AnomalyError& error) {
      std::vector<std::string> path;
      for (auto sender = senders_.find(&node); sender != senders_.end();
           sender = senders_.find(sender->second)) {
        path.push_back(describe(*sender->second));
      }
      throw AnomalyError(error.op, error.phase, error.chain, path);
    }
  }

  void send(const Node& node, Tensors dx) {
    for (size_t i = 0; i < dx.size(); ++i) {
      if (!leads_on(node.edges()[i]) || !dx[i].defined()) continue;
      if (anomaly_mode()) senders_.try_emplace(node.edges()[i].node.get(), &node);
      const Node::Port& input = node.inputs()[i];
      require<GradError>(dx[i].dtype() == input.dtype,
                         "{}: backward returned {} for input {}, which holds {}", node.name(),
                         name_of(dx[i].dtype()), i, name_of(input.dtype));
      require<GradError>(stretches_to(input.shape, dx[i].shape()),
                         "{}: backward returned a gradient of shape {} for input {} of shape {}",
                         node.name(), dx[i].shape(), i, input.shape);
      add(node.edges()[i], sum_to(std::exchange(dx[i], {}), input.shape));
    }
  }

  BackwardOptions options_;
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, OlderFirst> ready_;
  std::unordered_map<Node*, Tensors> cotangents_;  // of a node's outputs
  std::map<std::pair<Node*, size_t>, Tensor> captured_;
  std::unordered_map<const Node*, const Node*> senders_;    // in anomaly mode: who reached it first
  uint64_t oldest_ = std::numeric_limits<uint64_t>::max();  // number of a captured node
};

// The cotangent to start with at `output`.
Tensor root_gradient(const Tensor& output, const Tensor& gradient) {
  if (!gradient.defined()) {
    require<GradError>(output.numel() == 1,
                       "backward: the output has shape {}; give a gradient, or reduce it to one "
                       "element",
                       output.shape());
    return ones_like(output);
  }
  require<ShapeError>(gradient.shape() == output.shape(),
                      "backward: the output has shape {}, its gradient {}", output.shape(),
                      gradient.shape());
  require<DTypeError>(gradient.dtype() == output.dtype(),
                      "backward: the output holds {}, its gradient {}", name_of(output.dtype()),
                      name_of(gradient.dtype()));
  return gradient;
}

void add_roots(Traversal& traversal, const Tensors& outputs, const Tensors& gradients) {
  require<GradError>(gradients.empty() || gradients.size() == outputs.size(),
                     "backward: {} outputs and {} gradients", outputs.size(), gradients.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    require<GradError>(outputs[i].requires_grad(),
                       "backward: output {} does not depend on anything that requires a gradient",
                       i);
    traversal.add(gradient_edge(outputs[i]),
                  root_gradient(outputs[i], gradients.empty() ? Tensor() : gradients[i]));
  }
}

}  // namespace

void backward(const Tensors& outputs, const Tensors& gradients, BackwardOptions options) {
  Traversal traversal(options);
  add_roots(traversal, outputs, gradients);
  traversal.run();
}

Tensors grad(const Tensors& outputs, const Tensors& inputs, const Tensors& gradients,
             BackwardOptions options) {
  Traversal traversal(options);
  std::vector<Edge> edges;
  for (const Tensor& input : inputs) {
    require<GradError>(input.requires_grad(), "grad: input {} does not require a gradient",
                       edges.size());
    edges.push_back(gradient_edge(input));
    traversal.capture(edges.back());
  }
  add_roots(traversal, outputs, gradients);
  traversal.run();
  Tensors result;
  for (const Edge& edge : edges) {
    result.push_back(traversal.captured(edge));
    require<GradError>(options.allow_unused || result.back().defined(),
                       "grad: the outputs do not depend on input {}; pass allow_unused = true for "
                       "an undefined gradient instead",
                       result.size() - 1);
  }
  return result;
}

}  // namespace gradus
