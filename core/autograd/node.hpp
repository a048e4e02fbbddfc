// A node of the graph that backward() walks: one recorded operation, with an edge to the node that
// made each of its inputs. Nodes own the nodes below them, never those above, so a graph is freed
// when the last result is dropped. The numbers are given out as nodes are made, and an operation
// is recorded after its inputs: descending numbers are a topological order.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace gradus {

class Hooks;

// Where the gradient of one tensor flows: to output `output` of `node`; nowhere if node is null.
struct Edge {
  std::shared_ptr<Node> node;
  size_t output = 0;
};

class Node : public std::enable_shared_from_this<Node> {
 public:
  Node();
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual std::string_view name() const = 0;

  // From the gradients of all outputs to those of all inputs (undefined: none). They may still have
  // the shape to which an input was broadcast: the engine sums them to the input's.
  virtual Tensors backward(const Tensors& output_gradients) = 0;

  // Whether one pass over the data makes the gradients of all inputs, so that leaving one out would
  // save nothing.
  virtual bool joint_backward() const { return false; }

  // Drops what was saved for backward, which then throws GradError.
  virtual void release_saved() {}

  // What is known of an input or an output, whether or not the tensor still lives.
  struct Port {
    std::weak_ptr<TensorImpl> tensor;
    Shape shape;
    DType dtype;
    std::shared_ptr<Hooks> hooks{};  // of an output
  };

  uint64_t number() const { return number_; }
  const std::vector<Edge>& edges() const { return edges_; }  // one for each input
  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }

  // What sees the gradient of an output before backward does; null if nothing.
  virtual std::shared_ptr<Hooks>& hooks(size_t output) { return outputs_.at(output).hooks; }

  // Makes this the node that computed `outputs` from `inputs`.
  void connect(const Tensors& inputs, const Tensors& outputs);

  // The node whose backward runs in this thread, or null.
  static Node* running();

 private:
  uint64_t number_;
  std::vector<Edge> edges_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
};

// Names `node` as the running one while it is alive.
class RunningNode {
 public:
  explicit RunningNode(Node* node);
  ~RunningNode();
  RunningNode(const RunningNode&) = delete;
  RunningNode& operator=(const RunningNode&) = delete;

 private:
  Node* previous_;
};

// The edge along which the gradient of `tensor` flows: to its grad_fn, to its accumulator if it is
// a leaf that requires a gradient, else nowhere.
Edge gradient_edge(const Tensor& tensor);

// For use in an operation's backward: whether anyone asked for the gradient of its input i.
bool needs_grad(size_t input);

}  // namespace gradus
