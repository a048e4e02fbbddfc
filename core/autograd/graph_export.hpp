// The graph behind some results, to look at: as a list, as a picture (DOT, for graphviz), as JSON.
//   const KeepValues keep;                        // or only the norms of what still lives are known
//   const Tensor loss = model(x);
//   fmt::print("{}", to_dot(graph_view({loss}, {.names = {{"x", x}}, .gradients = true})));
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace gradus {

struct GraphValue {
  Shape shape;
  DType dtype;
  std::optional<double> norm;           // √Σx²; none if the tensor is gone
  std::optional<double> gradient_norm;  // of d result / d value; none if not asked for or reached
};

// A recorded operation, or a leaf that requires a gradient ("leaf"), which has one output: itself.
struct GraphNode {
  std::string op;
  std::string name;           // as given, or empty
  std::vector<Shape> inputs;  // constants included
  std::vector<GraphValue> outputs;
};

// Output `output` of node `from` is input `input` of node `to`.
struct GraphEdge {
  size_t from, output, to, input;
};

struct GraphView {
  std::vector<GraphNode> nodes;  // each after those that made its inputs
  std::vector<GraphEdge> edges;
};

struct GraphOptions {
  std::map<std::string, Tensor> names{};  // of leaves or results
  bool gradients = false;                 // runs a backward that changes nobody's grad()
};

// Throws GradError if an output belongs to no graph, or if gradients are asked for and one has not
// one element.
GraphView graph_view(const Tensors& outputs, const GraphOptions& options = {});

std::string to_dot(const GraphView& graph);
// {"nodes": [{"op", "name", "inputs": [shape], "outputs": [{"shape", "dtype", "norm",
// "gradient_norm"}]}], "edges": [{"from", "output", "to", "input"}]}; a norm that is unknown or
// not finite is null, nodes are counted from 0.
std::string to_json(const GraphView& graph);

// Keeps all results of operations that the calling thread records while it is alive.
class KeepValues {
 public:
  KeepValues();
  ~KeepValues();
  KeepValues(const KeepValues&) = delete;
  KeepValues& operator=(const KeepValues&) = delete;

  static void keep(const Tensors& results);  // nothing happens if none is alive

 private:
  Tensors kept_;
  KeepValues* previous_;
};

}  // namespace gradus
