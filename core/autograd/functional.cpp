#include "core/autograd/functional.hpp"

#include "core/autograd/engine.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/ops/join.hpp"
#include "core/ops/shape.hpp"
#include "core/tensor/creation.hpp"

namespace gradus {
namespace {

// The point at which f is differentiated: leaves of its own, or views that belong to the graph of
// the given tensors.
Tensors points(const Tensors& inputs, bool create_graph) {
  Tensors result;
  for (const Tensor& input : inputs) {
    const bool connected = create_graph && input.requires_grad();
    result.push_back(connected ? view(input, input.shape()) : input.detach().requires_grad_());
  }
  return result;
}

// v, checked to have the shapes of `like`; 1 if it was left out for one element.
Tensors directions(std::string_view op, const Tensors& v, const Tensors& like) {
  if (v.empty()) {
    require<GradError>(like.size() == 1, "{}: v may be left out for one tensor only, not for {}",
                       op, like.size());
    require<GradError>(like[0].numel() == 1,
                       "{}: v may be left out for one element only, not for shape {}", op,
                       like[0].shape());
    return {ones_like(like[0])};
  }
  require<ShapeError>(v.size() == like.size(), "{}: v has {} tensors where {} are needed", op,
                      v.size(), like.size());
  for (size_t i = 0; i < v.size(); ++i) {
    require<ShapeError>(v[i].shape() == like[i].shape(), "{}: v[{}] has shape {}, not {}", op, i,
                        v[i].shape(), like[i].shape());
  }
  return v;
}

// grad(), with 0 where an output depends on no input.
Tensors gradients(const Tensors& outputs, const Tensors& inputs, const Tensors& v,
                  bool create_graph) {
  Tensors dependent, cotangents;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    dependent.push_back(outputs[i]);
    cotangents.push_back(v[i]);
  }
  Tensors result(inputs.size());
  if (!dependent.empty()) {
    result = grad(dependent, inputs, cotangents,
                  {.retain_graph = true, .create_graph = create_graph, .allow_unused = true});
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!result[i].defined()) result[i] = zeros_like(inputs[i]);
  }
  return result;
}

Tensors detached(Tensors tensors, bool create_graph) {
  if (create_graph) return tensors;
  for (Tensor& tensor : tensors) tensor = tensor.detach();
  return tensors;
}

}  // namespace

FunctionProduct vjp(const ListFunction& f, const Tensors& inputs, const Tensors& v,
                    bool create_graph) {
  const EnableGrad recorded;
  const Tensors x = points(inputs, create_graph);
  const Tensors outputs = f(x);
  const Tensors u = directions("vjp", v, outputs);
  return {detached(outputs, create_graph), gradients(outputs, x, u, create_graph)};
}

FunctionProduct jvp(const ListFunction& f, const Tensors& inputs, const Tensors& v,
                    bool create_graph) {
  const EnableGrad recorded;
  const Tensors x = points(inputs, create_graph);
  const Tensors direction = directions("jvp", v, x);
  const Tensors outputs = f(x);
  // g(u) = uᵀJ is linear in u, so it does not matter at which u it is differentiated
  Tensors u;
  for (const Tensor& output : outputs) u.push_back(zeros_like(output).requires_grad_());
  const Tensors product = gradients(outputs, x, u, true);
  return {detached(outputs, create_graph), gradients(product, u, direction, create_graph)};
}

std::vector<Tensors> jacobian(const ListFunction& f, const Tensors& inputs, bool create_graph) {
  const EnableGrad recorded;
  const Tensors x = points(inputs, create_graph);
  std::vector<Tensors> result;
  for (const Tensor& output : f(x)) {
    // row k of every block is the gradient of element k
    std::vector<Tensors> rows(x.size());
    for (int64_t k = 0; k < output.numel(); ++k) {
      const Tensor one_hot = zeros({output.numel()}, output.dtype());
      one_hot.narrow(0, k, 1).fill_(1);
      const Tensors row = gradients({output}, x, {one_hot.view(output.shape())}, create_graph);
      for (size_t j = 0; j < x.size(); ++j) rows[j].push_back(reshape(row[j], {1, x[j].numel()}));
    }
    Tensors blocks;
    for (size_t j = 0; j < x.size(); ++j) {
      Shape shape = output.shape();
      shape.insert(shape.end(), x[j].shape().begin(), x[j].shape().end());
      blocks.push_back(rows[j].empty() ? zeros(shape, x[j].dtype())
                                       : reshape(cat(rows[j], 0), shape));
    }
    result.push_back(std::move(blocks));
  }
  return result;
}

// the Jacobian of the gradient
std::vector<Tensors> hessian(const ScalarFunction& f, const Tensors& inputs, bool create_graph) {
  const auto gradient = [&](const Tensors& x) {
    const Tensor y = f(x);
    require<ShapeError>(y.numel() == 1, "hessian: the function must return one element, not {}",
                        y.shape());
    return gradients({y}, x, {ones_like(y)}, true);
  };
  return jacobian(gradient, inputs, create_graph);
}

}  // namespace gradus
