// Watches the operations through which a backward runs, in the calling thread, from construction to
// destruction: to measure them, or to spoil them on purpose (mutants.hpp).
#pragma once

#include "core/autograd/node.hpp"

namespace gradus {

class BackwardObserver {
 public:
  BackwardObserver();
  virtual ~BackwardObserver();
  BackwardObserver(const BackwardObserver&) = delete;
  BackwardObserver& operator=(const BackwardObserver&) = delete;

  // `node` has made dx, the gradients of its inputs, of dy, those of its outputs. What is left in
  // dx goes on down the graph.
  virtual void after_backward(Node& node, const Tensors& dy, Tensors& dx) = 0;

  static BackwardObserver* active();  // the newest one alive, or null

 private:
  BackwardObserver* previous_;
};

}  // namespace gradus
