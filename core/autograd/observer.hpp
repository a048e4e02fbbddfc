// Watches what the calling thread runs, from construction to destruction: to measure it
// (profiler.hpp), or to spoil it on purpose (mutants.hpp).
#pragma once

#include <string_view>

#include "core/autograd/node.hpp"

namespace gradus {

enum class Phase {
  forward,    // of an operation
  backward,   // of an operation
  traversal,  // a whole backward: those of its operations, and the sums of their gradients
  region      // a part of the program that Observed names
};

// Something that runs. What an operation calls is observed too, and begins and ends inside it.
struct Activity {
  Phase phase;
  std::string_view name;   // the operation's or region's
  const Node* node;        // of forward (not yet connected) and backward, else null
  const Tensors& inputs;   // of forward: the operation's; of backward: dy
  const Tensors& outputs;  // of forward: the operation's; of backward: dx; empty until the end
};

class OpObserver {
 public:
  OpObserver();
  virtual ~OpObserver();
  OpObserver(const OpObserver&) = delete;
  OpObserver& operator=(const OpObserver&) = delete;

  // Each begin has its end, also when the activity throws: its outputs are empty then.
  virtual void begin(const Activity&) {}
  virtual void end(const Activity&) noexcept {}

  // `node` has made dx, the gradients of its inputs, of dy, those of its outputs. What is left in
  // dx goes on down the graph.
  virtual void after_backward(Node& /*node*/, const Tensors& /*dy*/, Tensors& /*dx*/) {}

  static OpObserver* active();  // the newest one alive, or null

 private:
  OpObserver* previous_;
};

// Tells the active observer, if there is one, that an activity lasts from here to the end of the
// scope:   const Observed region("optimizer step");
class Observed {
 public:
  explicit Observed(const Activity& activity);
  explicit Observed(std::string_view name, Phase phase = Phase::region);
  ~Observed();
  Observed(const Observed&) = delete;
  Observed& operator=(const Observed&) = delete;

 private:
  Activity activity_;
  OpObserver* observer_;
};

}  // namespace gradus
