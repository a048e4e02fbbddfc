#include "core/autograd/mutants.hpp"

#include <algorithm>
#include <set>

#include "core/autograd/gradcheck.hpp"
#include "core/autograd/observer.hpp"
#include "core/autograd/op_check.hpp"
#include "core/ops/ops.hpp"

namespace gradus {
namespace {

using Nodes = std::vector<std::shared_ptr<Node>>;

// The nodes below y that record `op`, the oldest first; the one that made y if there are none.
Nodes nodes_of(std::string_view op, const Tensor& y) {
  Nodes found, pending{y.grad_fn()};
  std::set<Node*> seen;
  while (!pending.empty()) {
    const std::shared_ptr<Node> node = pending.back();
    pending.pop_back();
    if (!node || !seen.insert(node.get()).second) continue;
    if (node->name() == op) found.push_back(node);
    for (const Edge& edge : node->edges()) pending.push_back(edge.node);
  }
  if (found.empty() && y.grad_fn()) found.push_back(y.grad_fn());
  std::ranges::sort(found, {}, [](const auto& node) { return node->number(); });
  return found;
}

Tensor without_one_element(const Tensor& dx) {
  const Tensor result = dx.clone();
  result.data<double>()[result.numel() / 2] = 0;
  return result;
}

Tensor swapped_where_square(const Tensor& dx) {
  const bool square = dx.dim() >= 2 && dx.size(-1) == dx.size(-2);
  return square ? dx.transpose(-1, -2).contiguous() : dx;
}

// One sample of an operation, whose backward is spoiled while this is alive.
class Saboteur final : OpObserver {
 public:
  Saboteur(std::string_view op, const Sample& sample, Mutation mutation, size_t input)
      : op_(op), sample_(sample), mutation_(mutation), input_(input) {
    if (mutation != Mutation::stale) return;
    Tensors others = as_leaves(sample.inputs);
    for (size_t k = 0; k < others.size(); ++k) {  // close by, so that the function is defined there
      others[k].detach().add_(sample_uniform(others[k].shape(), -1e-3, 1e-3, 50 + k));
    }
    other_result_ = sample.function(others);
    other_nodes_ = nodes_of(op, other_result_);
  }

  // The sample's function, which notes where the operation is in the graph that it builds.
  Tensor operator()(const Tensors& x) {
    const Tensor y = sample_.function(x);
    nodes_ = nodes_of(op_, y);
    return y;
  }

  void after_backward(Node& node, const Tensors& dy, Tensors& dx) override {
    const auto at = std::ranges::find(nodes_, &node, [](const auto& n) { return n.get(); });
    if (at == nodes_.end() || input_ >= dx.size()) return;
    if (!dx[input_].defined() || dx[input_].numel() == 0) return;
    dx[input_] = spoiled(dx[input_], dy, static_cast<size_t>(at - nodes_.begin()));
  }

 private:
  Tensor spoiled(const Tensor& dx, const Tensors& dy, size_t index) {
    switch (mutation_) {
      case Mutation::scaled:
        return dx * 1.001;
      case Mutation::negated:
        return -dx;
      case Mutation::dropped:
        return without_one_element(dx);
      case Mutation::transposed:
        return swapped_where_square(dx);
      case Mutation::zero:
        return zeros_like(dx);
      case Mutation::stale:
        break;
    }
    const RunningNode running(other_nodes_.at(index).get());
    return other_nodes_[index]->backward(dy).at(input_);
  }

  std::string_view op_;
  const Sample& sample_;
  Mutation mutation_;
  size_t input_;
  Nodes nodes_;
  Tensor other_result_;
  Nodes other_nodes_;
};

// A sample with the right Jacobians, computed once for all mutants.
struct Trial {
  const Sample& sample;
  Tensors leaves;
  std::vector<Jacobian> analytic, numeric;
  size_t inputs = 0;  // of the operation's nodes
};

Trial prepare(std::string_view op, const Sample& sample) {
  Trial trial{.sample = sample, .leaves = as_leaves(sample.inputs), .analytic = {}, .numeric = {}};
  trial.analytic = analytic_jacobians(sample.function, trial.leaves);
  trial.numeric = numeric_jacobians(sample.function, trial.leaves, GradcheckOptions{}.eps);
  for (const auto& node : nodes_of(op, sample.function(trial.leaves))) {
    trial.inputs = std::max(trial.inputs, node->edges().size());
  }
  return trial;
}

}  // namespace

std::string_view name_of(Mutation mutation) {
  switch (mutation) {
    case Mutation::scaled:
      return "scaled";
    case Mutation::negated:
      return "negated";
    case Mutation::dropped:
      return "dropped";
    case Mutation::transposed:
      return "transposed";
    case Mutation::stale:
      return "stale";
    case Mutation::zero:
      return "zero";
  }
  return "";
}

std::vector<Mutant> run_mutants(const OpInfo& op) {
  const Samples samples = op.samples();
  std::vector<Trial> trials;
  size_t inputs = 0;
  for (const Sample& sample : samples) {
    trials.push_back(prepare(op.name, sample));
    inputs = std::max(inputs, trials.back().inputs);
  }
  std::vector<Mutant> mutants;
  for (size_t input = 0; input < inputs; ++input) {
    for (const Mutation mutation : kMutations) {
      Mutant mutant{.op = std::string(op.name), .mutation = mutation, .input = input};
      for (const Trial& trial : trials) {
        Saboteur saboteur(op.name, trial.sample, mutation, input);
        const auto spoiled = analytic_jacobians(std::ref(saboteur), trial.leaves);
        if (spoiled == trial.analytic) continue;
        mutant.changed = true;
        mutant.caught |=
            !compare_jacobians(spoiled, trial.numeric, tolerance_of(trial.sample)).passed;
      }
      mutants.push_back(mutant);
    }
  }
  return mutants;
}

}  // namespace gradus
