// Where a path of the graph ends: adds the gradient that arrives to the leaf's grad().
#pragma once

#include "core/autograd/node.hpp"

namespace gradus {

class LeafNode final : public Node {
 public:
  explicit LeafNode(Tensor leaf) : leaf_(std::move(leaf)) {}

  std::string_view name() const override { return "leaf"; }
  const Tensor& leaf() const { return leaf_; }
  Tensors backward(const Tensors& output_gradients) override;
  std::shared_ptr<Hooks>& hooks(size_t) override;  // the leaf's, which outlive this node

 private:
  Tensor leaf_;
};

}  // namespace gradus
