// The promises of op_check.hpp, each a function that looks for a breach on one sample.
#include <bit>
#include <cmath>

#include "core/autograd/engine.hpp"
#include "core/autograd/observer.hpp"
#include "core/autograd/op_check.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/storage.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

// How far two results may lie apart: |a − b| ≤ atol + rtol·|b|.
struct Tolerance {
  double atol = 0, rtol = 0;
};
constexpr Tolerance kBits{};                       // not at all
constexpr Tolerance kRounding{1e-12, 1e-12};       // sums in another order
constexpr Tolerance kSinglePrecision{1e-5, 1e-4};  // inputs rounded to 2⁻²⁴, and what follows

std::vector<double> values(const Tensor& x) {
  return x.detach().to(DType::float64).to_vector<double>();
}

bool agree(double a, double b, Tolerance tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= tolerance.atol + tolerance.rtol * std::abs(b);
}

// The first difference between what was got and what was expected; empty if there is none.
std::string difference(const Tensors& got, const Tensors& expected, Tolerance tolerance) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (got[i].defined() != expected[i].defined())
      return fmt::format("gradient {} is {}defined", i, got[i].defined() ? "" : "un");
    if (!got[i].defined()) continue;
    if (got[i].shape() != expected[i].shape()) {
      return fmt::format("tensor {} has shape {}, not {}", i, to_string(got[i].shape()),
                         to_string(expected[i].shape()));
    }
    const std::vector<double> a = values(got[i]), b = values(expected[i]);
    for (size_t k = 0; k < a.size(); ++k) {
      if (!agree(a[k], b[k], tolerance))
        return fmt::format("tensor {}, element {}: {:.17g}, not {:.17g}", i, k, a[k], b[k]);
    }
  }
  return {};
}

Tensors leaves_of(const Tensors& inputs, DType dtype = DType::float64) {
  Tensors leaves;
  for (const Tensor& x : inputs) leaves.push_back(x.detach().to(dtype).clone().requires_grad_());
  return leaves;
}

Tensor cotangent_for(const Tensor& y) {
  return randn(y.shape(), {.seed = 11, .stream = 0}, DType::float64).to(y.dtype());
}

Tensors gradients(const Tensor& y, const Tensors& inputs, const Tensor& dy) {
  return grad({y}, inputs, {dy}, {.retain_graph = true, .allow_unused = true});
}

// The gradients of all inputs, then the result.
Tensors everything(const Sample& sample, const Tensors& inputs) {
  const Tensor y = sample.function(inputs);
  Tensors all = gradients(y, inputs, cotangent_for(y));
  all.push_back(y);
  return all;
}

Tensors doubled(const Tensors& tensors) {
  Tensors result;
  for (const Tensor& x : tensors) result.push_back(x.defined() ? x * 2.0 : x);
  return result;
}

std::string repeatable(const Sample& sample) {
  const Tensors x = leaves_of(sample.inputs);
  const Tensor y = sample.function(x), dy = cotangent_for(y);
  const Tensors first = gradients(y, x, dy);
  return difference(gradients(y, x, dy), first, kBits);
}

std::string zero_in_zero_out(const Sample& sample) {
  const Tensors x = leaves_of(sample.inputs);
  const Tensor y = sample.function(x);
  Tensors got = gradients(y, x, zeros_like(y)), expected;
  for (const Tensor& dx : got) expected.push_back(dx.defined() ? zeros_like(dx) : dx);
  return difference(got, expected, kBits);
}

// x as input 0 and as input k: its gradient is the sum of those of two inputs with its values.
std::string shared_input(const Sample& sample) {
  for (size_t k = 1; k < sample.inputs.size(); ++k) {
    if (sample.inputs[k].shape() != sample.inputs[0].shape()) continue;
    Tensors equal = sample.inputs;
    equal[k] = equal[0];
    const Tensors apart = leaves_of(equal);
    Tensors shared = apart;
    shared[k] = shared[0];
    const Tensors dx = everything(sample, apart);
    if (!dx[0].defined() || !dx[k].defined()) continue;
    const Tensor got = everything(sample, shared)[0];
    const std::string failure = difference({got}, {dx[0] + dx[k]}, kRounding);
    if (!failure.empty()) return failure;
  }
  return {};
}

// Two paths to the same inputs.
std::string diamond(const Sample& sample) {
  const Tensors x = leaves_of(sample.inputs);
  Tensors u;
  for (const Tensor& leaf : x) u.push_back(leaf * 1.0);
  const Tensor y = sample.function(u), dy = cotangent_for(y);
  const Tensors once = gradients(y, x, dy);
  return difference(gradients(y + sample.function(u), x, dy), doubled(once), kRounding);
}

std::string accumulates(const Sample& sample) {
  const Tensors x = leaves_of(sample.inputs);
  const Tensor y = sample.function(x), dy = cotangent_for(y);
  const Tensors once = gradients(y, x, dy);
  y.backward(dy, /*retain_graph=*/true);
  y.backward(dy);
  Tensors got;
  for (const Tensor& leaf : x) got.push_back(leaf.grad());
  return difference(got, doubled(once), kBits);
}

std::string frees_its_graph(const Sample& sample) {
  const Tensors x = leaves_of(sample.inputs);
  const Tensor y = sample.function(x), dy = cotangent_for(y);
  y.backward(dy);
  try {
    y.backward(dy);
  } catch (const GradError&) {
    return {};
  }
  return "a second backward without retain_graph went through";
}

// Ways in which the same values can lie in memory.
Tensor with_gaps(const Tensor& x) {  // every second element
  return stack({x, zeros_like(x)}, -1).select(-1, 0);
}
Tensor reversed(const Tensor& x) {  // the dimensions in reverse order
  std::vector<int64_t> dims;
  for (int64_t d = x.dim(); d-- > 0;) dims.push_back(d);
  return x.permute(dims).clone().permute(dims);
}
Tensor sliced(const Tensor& x) {  // the middle of a larger tensor
  return cat({x.flatten(), x.flatten(), x.flatten()}, 0)
      .narrow(0, x.numel(), x.numel())
      .view(x.shape());
}

std::string any_layout(const Sample& sample) {
  const Tensors expected = everything(sample, leaves_of(sample.inputs));
  for (const auto layout : {with_gaps, reversed, sliced}) {
    if (!sample.any_layout && layout != sliced) continue;
    Tensors x;
    for (const Tensor& input : sample.inputs) x.push_back(layout(input).detach().requires_grad_());
    const std::string failure = difference(everything(sample, x), expected, kRounding);
    if (!failure.empty()) return failure;
  }
  return {};
}

// An input whose elements along a dimension are one, by stride 0.
std::string expanded_inputs(const Sample& sample) {
  if (!sample.any_layout) return {};
  for (size_t k = 0; k < sample.inputs.size(); ++k) {
    for (int64_t d = 0; d < sample.inputs[k].dim(); ++d) {
      const Tensor& input = sample.inputs[k];
      if (input.size(d) < 2) continue;
      Tensors packed = leaves_of(sample.inputs), stretched = packed;
      const Tensor repeated = input.detach().narrow(d, 0, 1).expand(input.shape());
      packed[k] = repeated.clone().requires_grad_();
      stretched[k] = repeated.detach().requires_grad_();
      const std::string failure =
          difference(everything(sample, stretched), everything(sample, packed), kRounding);
      if (!failure.empty()) return failure;
    }
  }
  return {};
}

// Inputs without elements: refused in words, or differentiated to nothing.
std::string empty_inputs(const Sample& sample) {
  Tensors x;
  for (const Tensor& input : sample.inputs) {
    if (input.dim() == 0) return {};
    x.push_back(input.detach().narrow(0, 0, 0).clone().requires_grad_());
  }
  try {
    const Tensors all = everything(sample, x);
    for (size_t k = 0; k < x.size(); ++k) {
      if (all[k].defined() && all[k].shape() != x[k].shape())
        return fmt::format("the gradient of an input of shape {} has shape {}",
                           to_string(x[k].shape()), to_string(all[k].shape()));
    }
  } catch (const Error&) {
    return {};
  }
  return {};
}

std::string any_cotangent_layout(const Sample& sample) {
  const Tensors x = leaves_of(sample.inputs);
  const Tensor y = sample.function(x), dy = cotangent_for(y);
  const Tensors expected = gradients(y, x, dy);
  for (const auto layout : {with_gaps, reversed}) {
    const std::string failure = difference(gradients(y, x, layout(dy)), expected, kRounding);
    if (!failure.empty()) return failure;
  }
  const Tensor stretched = full({}, 0.7, y.dtype()).expand(y.shape());
  return difference(gradients(y, x, stretched), gradients(y, x, stretched.clone()), kRounding);
}

std::string single_precision(const Sample& sample) {
  const Tensors exact = everything(sample, leaves_of(sample.inputs));
  const Tensors single = everything(sample, leaves_of(sample.inputs, DType::float32));
  return difference(single, exact, kSinglePrecision);
}

bool repeats_elements(const Tensor& x) {
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (x.size(d) > 1 && x.strides()[static_cast<size_t>(d)] == 0) return true;
  }
  return false;
}

// Changes input k, or the result if k is past the inputs, in place after the forward: the backward
// must refuse, unless its gradients do not depend on what was changed.
std::string change_in_place(const Sample& sample, size_t k) {
  const Tensors x = leaves_of(sample.inputs);
  Tensors u;
  for (const Tensor& leaf : x) u.push_back(leaf * 1.0);
  const Tensor y = sample.function(u), dy = cotangent_for(y);
  const Tensors expected = gradients(y, x, dy);
  const Tensor changed = k < u.size() ? u[k] : y;
  if (repeats_elements(changed)) return {};  // refuses changes in place
  changed.detach().mul_(1.25);
  try {
    const std::string failure = difference(gradients(y, x, dy), expected, kBits);
    if (failure.empty()) return {};
    return fmt::format("{} was changed in place, and backward gave a wrong gradient: {}",
                       k < u.size() ? fmt::format("input {}", k) : "the result", failure);
  } catch (const GradError&) {
    return {};
  }
}

std::string notices_changes(const Sample& sample) {
  for (size_t k = 0; k <= sample.inputs.size(); ++k) {
    const std::string failure = change_in_place(sample, k);
    if (!failure.empty()) return failure;
  }
  return {};
}

// Finds gradients that were computed though nobody asked for them. What only passes dy on is free.
class WasteDetector final : OpObserver {
 public:
  void after_backward(Node& node, const Tensors& dy, Tensors& dx) override {
    if (node.joint_backward()) return;
    for (size_t i = 0; i < dx.size(); ++i) {
      if (node.edges()[i].node || !dx[i].defined()) continue;
      bool free = false;
      for (const Tensor& d : dy) free |= d.impl()->storage == dx[i].impl()->storage;
      if (!free && found.empty())
        found = fmt::format("{} computed a gradient for its input {}, which needs none",
                            node.name(), i);
    }
  }
  std::string found;
};

std::string no_gradient_unasked(const Sample& sample) {
  const Tensors expected = everything(sample, leaves_of(sample.inputs));
  for (size_t k = 0; k < sample.inputs.size(); ++k) {
    Tensors x;
    for (const Tensor& input : sample.inputs) x.push_back(input.detach().clone());
    x[k].requires_grad_();
    const Tensor y = sample.function(x);
    if (!y.requires_grad()) continue;  // nothing flows to this input
    WasteDetector waste;
    y.backward(cotangent_for(y));
    for (size_t i = 0; i < x.size(); ++i) {
      if (i != k && x[i].grad().defined()) return fmt::format("input {} got a gradient", i);
    }
    const std::string failure = difference({x[k].grad()}, {expected[k]}, kRounding);
    if (!failure.empty()) return failure;
    if (!waste.found.empty()) return waste.found;
  }
  return {};
}

std::string records_nothing_unasked(const Sample& sample) {
  Tensors x, copies;
  for (const Tensor& input : sample.inputs) {
    x.push_back(input.detach().clone());
    copies.push_back(x.back().clone());
  }
  if (sample.function(x).requires_grad()) return "the result requires a gradient";
  return difference(x, copies, kBits);  // and the inputs are as they were
}

constexpr Promise kPromises[] = {
    {"backward twice is bit-equal", repeatable},
    {"a zero cotangent gives zero", zero_in_zero_out},
    {"one tensor as two inputs gets both gradients", shared_input},
    {"two paths to an input add up", diamond},
    {"two backwards accumulate", accumulates},
    {"a freed graph says so", frees_its_graph},
    {"inputs may lie in memory in any way", any_layout},
    {"inputs may be expanded", expanded_inputs},
    {"inputs may be empty", empty_inputs},
    {"cotangents may lie in memory in any way", any_cotangent_layout},
    {"float32 agrees with float64", single_precision},
    {"a change in place after saving is noticed", notices_changes},
    {"an input that needs no gradient costs none", no_gradient_unasked},
    {"nothing is recorded for nobody", records_nothing_unasked},
};

}  // namespace

std::span<const Promise> promises() { return kPromises; }

}  // namespace gradus
