#include "core/autograd/gradcheck.hpp"

#include <cmath>

#include "core/autograd/engine.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/join.hpp"
#include "core/ops/shape.hpp"
#include "core/tensor/creation.hpp"

namespace gradus {
namespace {

// Contiguous copies that require a gradient.
Tensors as_leaves(const Tensors& inputs) {
  Tensors leaves;
  for (const Tensor& input : inputs) {
    require<DTypeError>(input.dtype() == DType::float64,
                        "gradcheck: inputs must be float64, not {}", name_of(input.dtype()));
    leaves.push_back(input.detach().clone().requires_grad_());
  }
  return leaves;
}

// Jacobian of f with respect to one input: [output elements][input elements]
using Jacobian = std::vector<std::vector<double>>;

// Row i is one backward with the cotangent e_i.
std::vector<Jacobian> analytic(const TensorFunction& f, const Tensors& inputs) {
  std::vector<Jacobian> result(inputs.size());
  const Tensor y = f(inputs);
  if (!y.requires_grad()) return result;
  for (int64_t i = 0; i < y.numel(); ++i) {
    const Tensor one_hot = zeros(y.shape(), y.dtype());
    one_hot.data<double>()[i] = 1;
    const Tensors dx = grad({y}, inputs, {one_hot}, {.retain_graph = true, .allow_unused = true});
    for (size_t k = 0; k < inputs.size(); ++k) {
      result[k].push_back(dx[k].defined()
                              ? dx[k].to_vector<double>()
                              : std::vector<double>(static_cast<size_t>(inputs[k].numel())));
    }
  }
  return result;
}

// Column j is a central difference in element j.
Jacobian numeric(const TensorFunction& f, const Tensors& inputs, size_t which, double h) {
  const NoGrad no_grad;
  double* x = inputs[which].data<double>();
  const auto outputs = static_cast<size_t>(f(inputs).numel());
  const auto columns = static_cast<size_t>(inputs[which].numel());
  Jacobian result(outputs, std::vector<double>(columns));
  for (size_t j = 0; j < columns; ++j) {
    const double original = x[j];
    x[j] = original + h;
    const auto above = f(inputs).to_vector<double>();
    x[j] = original - h;
    const auto below = f(inputs).to_vector<double>();
    x[j] = original;
    for (size_t i = 0; i < outputs; ++i) result[i][j] = (above[i] - below[i]) / (2 * h);
  }
  return result;
}

constexpr const char* kCutOff = "the output does not depend on any input that requires a gradient";

// Compares the two Jacobians of one input.
class Comparison {
 public:
  explicit Comparison(GradcheckOptions options) : options_(options) {}

  void add(size_t input, const Jacobian& expected, const Jacobian& got) {
    if (got.size() != expected.size()) {
      fail(kCutOff);
      return;
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      for (size_t j = 0; j < expected[i].size(); ++j)
        compare(input, i, j, expected[i][j], got[i][j]);
    }
  }

  GradcheckReport report() {
    if (report_.compared == 0) fail("no element was compared");
    if (all_zero_ && !options_.zero_gradient) {
      fail("the analytic and the numeric gradient are zero everywhere: nothing was tested");
    }
    report_.passed = report_.failure.empty();
    return report_;
  }

 private:
  void compare(size_t input, size_t i, size_t j, double expected, double got) {
    ++report_.compared;
    all_zero_ &= expected == 0 && got == 0;
    const double error = std::abs(got - expected);
    // both comparisons are written so that NaN fails, and is larger than any number
    const bool passes = error <= options_.atol + options_.rtol * std::abs(expected);
    if (!passes && is_larger(error, largest_failure_)) {
      largest_failure_ = error;
      report_.failure =
          fmt::format("d output[{}] / d input {}[{}]: analytic {:.9g}, numeric {:.9g}", i, input, j,
                      got, expected);
    }
    if (is_larger(error, report_.max_error)) report_.max_error = error;
  }

  static bool is_larger(double error, double than) { return !std::isnan(than) && !(error <= than); }

  void fail(std::string why) {
    if (report_.failure.empty()) report_.failure = std::move(why);
  }

  GradcheckOptions options_;
  GradcheckReport report_;
  double largest_failure_ = -1;
  bool all_zero_ = true;
};

}  // namespace

GradcheckReport gradcheck(const TensorFunction& f, const Tensors& inputs,
                          GradcheckOptions options) {
  const Tensors leaves = as_leaves(inputs);
  const std::vector<Jacobian> got = analytic(f, leaves);
  Comparison comparison(options);
  for (size_t k = 0; k < leaves.size(); ++k) {
    comparison.add(k, numeric(f, leaves, k, options.eps), got[k]);
  }
  return comparison.report();
}

GradcheckReport gradgradcheck(const TensorFunction& f, const Tensors& inputs,
                              GradcheckOptions options) {
  Tensors all = as_leaves(inputs);
  const Tensor y = f(all);
  if (!y.requires_grad()) return {.failure = kCutOff};
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

}  // namespace gradus
