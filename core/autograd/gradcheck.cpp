#include "core/autograd/gradcheck.hpp"

#include <algorithm>
#include <cmath>

#include "core/autograd/engine.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"

namespace gradus {
namespace {

constexpr const char* kCutOff = "the output does not depend on any input that requires a gradient";

// Whether an error is larger than another; NaN is larger than any number.
bool is_larger(double error, double than) { return !std::isnan(than) && !(error <= than); }

// ∞ ≤ ∞ holds, and NaN is compared with nothing: so both must be finite, and ≤ must be true.
bool passes(const JacobianElement& element, double atol, double rtol) {
  return std::isfinite(element.analytic) && std::isfinite(element.numeric) &&
         element.error() <= atol + rtol * std::abs(element.numeric);
}

// Collects what comparing two Jacobians finds.
class Comparison {
 public:
  explicit Comparison(GradcheckOptions options) : options_(options) {}

  void add(const JacobianElement& element) {
    ++report_.compared;
    all_zero_ &= element.analytic == 0 && element.numeric == 0;
    const double error = element.error();
    if (is_larger(error, report_.max_error)) report_.max_error = error;
    const double relative = error / std::max(std::abs(element.numeric), 1.0);
    if (is_larger(relative, report_.max_relative_error)) report_.max_relative_error = relative;
    if (passes(element, options_.atol, options_.rtol)) return;
    if (!report_.culprit || is_larger(error, report_.culprit->error())) report_.culprit = element;
  }

  void fail(std::string why) { report_.failure = std::move(why); }

  GradcheckReport report() {
    if (report_.culprit) {
      fail(to_string(*report_.culprit));
    } else if (report_.failure.empty() && report_.compared == 0) {
      fail("no element was compared");
    } else if (report_.failure.empty() && all_zero_ && !options_.zero_gradient) {
      fail("the analytic and the numeric gradient are zero everywhere: nothing was tested");
    }
    report_.passed = report_.failure.empty();
    return report_;
  }

 private:
  GradcheckOptions options_;
  GradcheckReport report_;
  bool all_zero_ = true;
};

// A random direction of length 1 in the space of `like`.
Tensor unit_direction(const Tensor& like, uint64_t which) {
  const Tensor direction = randn(like.shape(), {.seed = 77, .stream = which}, DType::float64);
  const double length = std::sqrt((direction * direction).sum().item<double>());
  return length > 0 ? direction / length : direction;
}

double inner_product(const Tensor& a, const Tensor& b) { return (a * b).sum().item<double>(); }

// (⟨v, f(x + h·u)⟩ − ⟨v, f(x − h·u)⟩) / 2h, for the x that f reads
double slope_along(const std::function<Tensor()>& f, const Tensor& x, const Tensor& u,
                   const Tensor& v, double h) {
  const NoGrad no_grad;
  const Tensor original = x.clone();
  const auto value_at = [&](double step) {
    x.detach().copy_(original + u * step);
    return inner_product(f(), v);
  };
  const double slope = (value_at(h) - value_at(-h)) / (2 * h);
  x.detach().copy_(original);
  return slope;
}

// The report on an input whose slope along a random direction is wrong: its element that is.
GradcheckReport blame(const std::function<Tensor()>& f, const Tensor& input,
                      const JacobianElement& slope, GradcheckOptions options) {
  const auto of_input = [&](const Tensors&) { return f(); };
  GradcheckReport report =
      compare_jacobians(analytic_jacobians(of_input, {input}),
                        numeric_jacobians(of_input, {input}, options.eps), options);
  if (report.culprit) report.culprit->input = slope.input;
  report.passed = false;
  report.failure = fmt::format(
      "input {}: along a random direction the gradient is {:.9g}, the difference {:.9g}; {}",
      slope.input, slope.analytic, slope.numeric,
      report.culprit ? to_string(*report.culprit) : "no single element stands out");
  return report;
}

}  // namespace

double JacobianElement::error() const { return std::abs(analytic - numeric); }
double JacobianElement::relative_error() const { return error() / std::abs(numeric); }

std::string to_string(const JacobianElement& e) {
  return fmt::format("d output[{}] / d input {}[{}]: analytic {:.9g}, numeric {:.9g}", e.output,
                     e.input, e.element, e.analytic, e.numeric);
}

Tensors as_leaves(const Tensors& inputs) {
  Tensors leaves;
  for (const Tensor& input : inputs) {
    require<DTypeError>(input.dtype() == DType::float64,
                        "gradcheck: inputs must be float64, not {}", name_of(input.dtype()));
    leaves.push_back(input.detach().clone().requires_grad_());
  }
  return leaves;
}

// Row i is one backward with the cotangent e_i.
std::vector<Jacobian> analytic_jacobians(const TensorFunction& f, const Tensors& leaves) {
  std::vector<Jacobian> result(leaves.size());
  const Tensor y = f(leaves);
  if (!y.requires_grad()) return result;
  for (int64_t i = 0; i < y.numel(); ++i) {
    const Tensor one_hot = zeros(y.shape(), y.dtype());
    one_hot.data<double>()[i] = 1;
    const Tensors dx = grad({y}, leaves, {one_hot}, {.retain_graph = true, .allow_unused = true});
    for (size_t k = 0; k < leaves.size(); ++k) {
      result[k].push_back(dx[k].defined()
                              ? dx[k].to_vector<double>()
                              : std::vector<double>(static_cast<size_t>(leaves[k].numel())));
    }
  }
  return result;
}

// Column j is a central difference in element j.
std::vector<Jacobian> numeric_jacobians(const TensorFunction& f, const Tensors& leaves,
                                        double eps) {
  const NoGrad no_grad;
  const auto outputs = static_cast<size_t>(f(leaves).numel());
  std::vector<Jacobian> result;
  for (const Tensor& leaf : leaves) {
    double* x = leaf.data<double>();
    const auto columns = static_cast<size_t>(leaf.numel());
    Jacobian jacobian(outputs, std::vector<double>(columns));
    for (size_t j = 0; j < columns; ++j) {
      const double original = x[j];
      x[j] = original + eps;
      const auto above = f(leaves).to_vector<double>();
      x[j] = original - eps;
      const auto below = f(leaves).to_vector<double>();
      x[j] = original;
      for (size_t i = 0; i < outputs; ++i) jacobian[i][j] = (above[i] - below[i]) / (2 * eps);
    }
    result.push_back(std::move(jacobian));
  }
  return result;
}

GradcheckReport compare_jacobians(const std::vector<Jacobian>& analytic,
                                  const std::vector<Jacobian>& numeric, GradcheckOptions options) {
  Comparison comparison(options);
  for (size_t k = 0; k < numeric.size(); ++k) {
    if (analytic[k].size() != numeric[k].size()) {
      comparison.fail(kCutOff);
      break;
    }
    for (size_t i = 0; i < numeric[k].size(); ++i) {
      for (size_t j = 0; j < numeric[k][i].size(); ++j) {
        comparison.add({.input = k,
                        .output = static_cast<int64_t>(i),
                        .element = static_cast<int64_t>(j),
                        .analytic = analytic[k][i][j],
                        .numeric = numeric[k][i][j]});
      }
    }
  }
  return comparison.report();
}

GradcheckReport gradcheck(const TensorFunction& f, const Tensors& inputs,
                          GradcheckOptions options) {
  const Tensors leaves = as_leaves(inputs);
  const std::vector<Jacobian> analytic = analytic_jacobians(f, leaves);
  return compare_jacobians(analytic, numeric_jacobians(f, leaves, options.eps), options);
}

GradcheckReport gradgradcheck(const TensorFunction& f, const Tensors& inputs,
                              GradcheckOptions options) {
  Tensors all = as_leaves(inputs);
  const Tensor y = f(all);
  if (!y.requires_grad()) return {.failure = kCutOff, .culprit = {}};
  all.push_back(randn(y.shape(), {.seed = 99, .stream = 0}, DType::float64));  // the cotangent
  const auto gradient = [&](const Tensors& x) {
    const GradModeGuard recording(true);
    Tensors points;
    for (size_t k = 0; k + 1 < x.size(); ++k) {
      points.push_back(x[k].requires_grad() && x[k].is_leaf() ? x[k]
                                                              : x[k].detach().requires_grad_());
    }
    const Tensors dx =
        grad({f(points)}, points, {x.back()}, {.create_graph = true, .allow_unused = true});
    Tensors flat;
    for (const Tensor& d : dx) {
      if (d.defined()) flat.push_back(flatten(d));
    }
    return cat(flat, 0);
  };
  // a function that is linear has no second derivative in its inputs, only in the cotangent
  return gradcheck(gradient, all, options);
}

GradcheckReport fast_gradcheck(const TensorFunction& f, const Tensors& inputs,
                               GradcheckOptions options) {
  const Tensors leaves = as_leaves(inputs);
  return fast_gradcheck([&] { return f(leaves); }, leaves, options);
}

GradcheckReport fast_gradcheck(const std::function<Tensor()>& f, const Tensors& leaves,
                               GradcheckOptions options) {
  const Tensor y = f();
  if (!y.requires_grad()) return {.failure = kCutOff, .culprit = {}};
  const Tensor v = unit_direction(y, 0);
  const Tensors dx = grad({y}, leaves, {v}, {.allow_unused = true});

  Comparison all(options);
  for (size_t k = 0; k < leaves.size(); ++k) {
    if (leaves[k].numel() == 0) continue;
    const Tensor u = unit_direction(leaves[k], k + 1);
    const JacobianElement slope{.input = k,
                                .analytic = dx[k].defined() ? inner_product(dx[k], u) : 0,
                                .numeric = slope_along(f, leaves[k], u, v, options.eps)};
    all.add(slope);
    const double elements = static_cast<double>(u.numel()) * static_cast<double>(v.numel());
    if (passes(slope, options.atol / std::sqrt(elements), options.rtol)) continue;
    return blame(f, leaves[k], slope, options);
  }
  return all.report();
}

}  // namespace gradus
