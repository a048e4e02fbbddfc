// How an operation becomes differentiable. An operation is a struct with its parameters and what it
// saves as members, a name, a forward and a backward:
//
//   struct Exp {                                      // y = exp(x)
//     static constexpr std::string_view name = "exp";
//     Saved y{};
//     Tensor forward(const Tensor& x) { ... }         // not recorded; saves what backward reads
//     Tensors backward(const Tensor& dy) const {      // gradients of the inputs, in their order:
//       return {dy * y};                              //   dx = dy · y
//     }
//   };
//   Tensor exp(const Tensor& x) { return apply(Exp{}, x); }
//
// A forward may take several tensors or lists (Tensors), and return one tensor or a list; with a
// list, backward takes the list of their gradients. It may leave out (undefined) what needs_grad()
// says that nobody asked for, and must, unless the operation declares
//   static constexpr bool joint_backward = true;    // one pass makes them all
// A backward made of differentiable operations
// can be differentiated again. A forward returns new tensors, never an input itself.
#pragma once

#include <concepts>
#include <type_traits>

#include "core/autograd/anomaly.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/autograd/node.hpp"
#include "core/autograd/observer.hpp"
#include "core/autograd/saved.hpp"

namespace gradus {

template <class Op>
class OpNode final : public Node {
 public:
  explicit OpNode(Op op) : op_(std::move(op)) {}

  std::string_view name() const override { return Op::name; }
  bool joint_backward() const override {
    return requires { requires Op::joint_backward; };
  }

  Tensors backward(const Tensors& dy) override {
    require<GradError>(!released_,
                       "{}: backward ran through it already and its saved tensors are "
                       "freed; pass retain_graph = true to the first one",
                       name());
    if constexpr (std::invocable<decltype(&Op::backward), Op&, const Tensor&>) {
      return op_.backward(dy[0]);
    } else {
      return op_.backward(dy);
    }
  }

  void release_saved() override {
    op_ = Op{};
    released_ = true;
  }

  Op& op() { return op_; }

 private:
  Op op_;
  bool released_ = false;
};

namespace detail {

inline void append(Tensors& all, const Tensor& tensor) { all.push_back(tensor); }
inline void append(Tensors& all, const Tensors& list) {
  all.insert(all.end(), list.begin(), list.end());
}

// Records the operation, if anyone may ask for a gradient.
void record(const std::shared_ptr<Node>& node, const Tensors& inputs, const Tensors& outputs);

}  // namespace detail

// Runs op.forward(inputs...), and records it when one of them requires a gradient.
template <class Op, class... Inputs>
auto apply(Op op, const Inputs&... inputs) {
  const auto node = std::make_shared<OpNode<Op>>(std::move(op));
  Tensors all, results;
  all.reserve(sizeof...(inputs));
  (detail::append(all, inputs), ...);
  auto result = [&] {
    const NoGrad no_grad;
    const Observed running({Phase::forward, Op::name, node.get(), all, results});
    auto y = node->op().forward(inputs...);
    detail::append(results, y);
    return y;
  }();
  detail::record(node, all, results);
  return result;
}

}  // namespace gradus
