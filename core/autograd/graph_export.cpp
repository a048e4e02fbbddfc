#include "core/autograd/graph_export.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/autograd/engine.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/autograd/hooks.hpp"
#include "core/autograd/leaf_node.hpp"
#include "core/io/json.hpp"

namespace gradus {
namespace {

thread_local KeepValues* keeping = nullptr;

// √Σx²
double norm_of(const Tensor& x) {
  double squares = 0;
  for (const double value : x.detach().to(DType::float64).to_vector<double>()) {
    squares += value * value;
  }
  return std::sqrt(squares);
}

// All nodes from which the outputs can be reached, those first that were made first.
std::vector<Node*> nodes_below(const Tensors& outputs) {
  std::unordered_set<Node*> seen;
  std::vector<Node*> pending, nodes;
  const auto visit = [&](Node* node) {
    if (node && seen.insert(node).second) pending.push_back(node);
  };
  for (const Tensor& output : outputs) visit(output.grad_fn().get());
  while (!pending.empty()) {
    nodes.push_back(pending.back());
    pending.pop_back();
    for (const Edge& edge : nodes.back()->edges()) visit(edge.node.get());
  }
  std::sort(nodes.begin(), nodes.end(),
            [](const Node* a, const Node* b) { return a->number() < b->number(); });
  return nodes;
}

GraphValue value_of(const Tensor& tensor) {
  return {tensor.shape(), tensor.dtype(), norm_of(tensor), std::nullopt};
}

GraphNode describe_node(const Node& node) {
  GraphNode result{std::string(node.name()), "", {}, {}};
  if (const auto* leaf = dynamic_cast<const LeafNode*>(&node)) {
    result.outputs.push_back(value_of(leaf->leaf()));
  }
  for (const Node::Port& input : node.inputs()) result.inputs.push_back(input.shape);
  for (const Node::Port& output : node.outputs()) {
    const std::shared_ptr<TensorImpl> alive = output.tensor.lock();
    result.outputs.push_back(alive ? value_of(Tensor(alive))
                                   : GraphValue{output.shape, output.dtype, {}, {}});
  }
  return result;
}

// Fills in the norms of the gradients, by a hook on every output of every node.
void measure_gradients(const Tensors& outputs, const std::vector<Node*>& nodes,
                       std::vector<GraphNode>& measured) {
  std::vector<HookHandle> handles;
  Tensors leaves;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (const auto* leaf = dynamic_cast<LeafNode*>(nodes[i])) leaves.push_back(leaf->leaf());
    for (size_t output = 0; output < measured[i].outputs.size(); ++output) {
      const auto measure = [&measured, i, output](const Tensor& gradient) {
        measured[i].outputs[output].gradient_norm = norm_of(gradient);
        return Tensor();
      };
      std::shared_ptr<Hooks>& hooks = nodes[i]->hooks(output);
      if (!hooks) hooks = std::make_shared<Hooks>();
      handles.emplace_back(hooks, hooks->add(measure));
    }
  }
  const auto remove_all = [&] {
    for (const HookHandle& handle : handles) handle.remove();
  };
  try {
    grad(outputs, leaves, {}, {.retain_graph = true, .allow_unused = true});
  } catch (...) {
    remove_all();
    throw;
  }
  remove_all();
}

// Text inside a quoted string of DOT.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return result;
}

std::string label(const GraphNode& node) {
  std::string text = node.name.empty() ? node.op : fmt::format("{}: {}", node.name, node.op);
  text = escaped(text);
  for (const GraphValue& value : node.outputs) {
    text += fmt::format("\\n{} {}", name_of(value.dtype), to_string(value.shape));
    if (value.norm) text += fmt::format("\\n|x| = {:.4g}", *value.norm);
    if (value.gradient_norm) text += fmt::format("\\n|dx| = {:.4g}", *value.gradient_norm);
  }
  return text;
}

Json to_json(const std::optional<double>& number) {
  if (!number || !std::isfinite(*number)) return nullptr;
  return *number;
}

}  // namespace

GraphView graph_view(const Tensors& outputs, const GraphOptions& options) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    require<GradError>(!outputs[i].is_leaf(),
                       "graph_view: output {} is not the result of a recorded "
                       "operation",
                       i);
  }
  const NoGrad no_grad;
  const std::vector<Node*> nodes = nodes_below(outputs);
  std::unordered_map<const Node*, size_t> index;
  GraphView graph;
  for (const Node* node : nodes) {
    index[node] = graph.nodes.size();
    for (size_t input = 0; input < node->edges().size(); ++input) {
      const Edge& edge = node->edges()[input];
      if (!edge.node) continue;
      graph.edges.push_back({index.at(edge.node.get()), edge.output, index[node], input});
    }
    graph.nodes.push_back(describe_node(*node));
  }
  for (const auto& [name, tensor] : options.names) {
    const auto named = index.find(gradient_edge(tensor).node.get());
    if (named != index.end()) graph.nodes[named->second].name = name;
  }
  if (options.gradients) measure_gradients(outputs, nodes, graph.nodes);
  return graph;
}

std::string to_dot(const GraphView& graph) {
  std::string text = "digraph gradus {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans\"];\n";
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    text += fmt::format("  n{} [label=\"{}\"{}];\n", i, label(node),
                        node.op == "leaf" ? ", style=filled, fillcolor=\"#dcebf7\"" : "");
  }
  for (const GraphEdge& edge : graph.edges)
    text += fmt::format("  n{} -> n{};\n", edge.from, edge.to);
  return text + "}\n";
}

std::string to_json(const GraphView& graph) {
  Json nodes = Json::array(), edges = nodes;
  for (const GraphNode& node : graph.nodes) {
    Json outputs = Json::array();
    for (const GraphValue& value : node.outputs) {
      outputs.push_back({{"shape", value.shape},
                         {"dtype", name_of(value.dtype)},
                         {"norm", to_json(value.norm)},
                         {"gradient_norm", to_json(value.gradient_norm)}});
    }
    nodes.push_back(
        {{"op", node.op}, {"name", node.name}, {"inputs", node.inputs}, {"outputs", outputs}});
  }
  for (const GraphEdge& edge : graph.edges) {
    edges.push_back(
        {{"from", edge.from}, {"output", edge.output}, {"to", edge.to}, {"input", edge.input}});
  }
  // bytes that are not UTF-8, in a name, are replaced
  return to_text({{"nodes", nodes}, {"edges", edges}}, 1);
}

KeepValues::KeepValues() : previous_(std::exchange(keeping, this)) {}
KeepValues::~KeepValues() { keeping = previous_; }

void KeepValues::keep(const Tensors& results) {
  if (!keeping) return;
  keeping->kept_.insert(keeping->kept_.end(), results.begin(), results.end());
}

}  // namespace gradus
