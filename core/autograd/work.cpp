#include "core/autograd/work.hpp"

#include <algorithm>

#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

double bytes_of(const Tensors& tensors) {
  double sum = 0;
  for (const Tensor& x : tensors) {
    if (x.defined())
      sum += static_cast<double>(x.numel()) * static_cast<double>(size_of(x.dtype()));
  }
  return sum;
}

bool shares_memory(const Tensor& y, const Tensors& inputs) {
  return std::ranges::any_of(inputs, [&](const Tensor& x) {
    return x.defined() && x.impl()->storage == y.impl()->storage;
  });
}

double bytes_moved(const Tensors& inputs, const Tensors& outputs) {
  const bool nothing_made = std::ranges::all_of(
      outputs, [&](const Tensor& y) { return !y.defined() || shares_memory(y, inputs); });
  return nothing_made ? 0 : bytes_of(inputs) + bytes_of(outputs);
}

const Shape& input_shape(const Activity& activity, size_t i) {
  return activity.phase == Phase::forward ? activity.inputs[i].shape()
                                          : activity.node->inputs()[i].shape;
}

// A product [m, k] · [k, n] is 2·m·n·k operations.
double forward_flops(std::string_view op, const Shape& a, const Shape& b) {
  const auto size = static_cast<double>(numel(a));
  // a [.., m, k], b [.., k, n]
  if (op == "matmul") return 2 * size * static_cast<double>(b.back());
  // x [rows, in], weight [out, in]
  if (op == "linear") return 2 * size * static_cast<double>(b[0]);
  // q [batch, seq_q, heads, head_dim], k [batch, seq_k, heads, head_dim]:  Q·Kᵀ and P·V
  if (op == "attention") return 2 * 2 * size * static_cast<double>(b[1]);
  // all three in one, [batch, seq, 3, heads, head_dim]
  if (op == "self_attention") return 2 * 2 * size / 3 * static_cast<double>(a[1]);
  return 0;
}

// How many times the work of the forward its backward does.
double backward_factor(std::string_view op, const Node& node) {
  // four products where there were two: dV, dP, dQ, dK (Q·Kᵀ, computed again, is not counted)
  if (op.ends_with("attention")) return 2;
  double wanted = 0;  // dA = dY·Bᵀ, dB = Aᵀ·dY
  for (size_t i = 0; i < 2; ++i) wanted += node.edges()[i].node != nullptr;
  return wanted;
}

}  // namespace

Work work_of(const Activity& activity) {
  if (!activity.node || activity.outputs.empty()) return {};
  Work work{.flops = 0, .bytes = bytes_moved(activity.inputs, activity.outputs)};
  const std::string_view op = activity.name;
  const bool one_input = op == "self_attention";
  if (op != "matmul" && op != "linear" && op != "attention" && !one_input) return work;
  const Shape& first = input_shape(activity, 0);
  work.flops = forward_flops(op, first, one_input ? first : input_shape(activity, 1));
  if (activity.phase == Phase::backward) work.flops *= backward_factor(op, *activity.node);
  return work;
}

}  // namespace gradus
