#include "core/ops/statistics.hpp"

#include <cmath>

#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/extrema.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/piecewise.hpp"
#include "core/ops/pointwise.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"
#include "core/ops/unary.hpp"

namespace gradus {
namespace {

// xᵖ for x ≥ 0, with the gradient 0 at x = 0, where roots and negative powers have no derivative.
Tensor power(const Tensor& x, double p) {
  const Tensor is_zero = eq(x, 0);
  return masked_fill(pow(masked_fill(x, is_zero, 1), p), is_zero, std::pow(0.0, p));
}

Samples var_samples() {
  const Tensor x = sample_normal({2, 3, 4});
  return {
      {"all", {x}, [](const Tensors& in) { return var(in[0]); }},
      {"rows, kept", {x}, [](const Tensors& in) { return var(in[0], {-1}, {.keepdim = true}); }},
      {"two, biased", {x}, [](const Tensors& in) {
         return var(in[0], {0, 2}, {.correction = 0});
       }}};
}

Samples std_samples() {
  const Tensor x = sample_normal({2, 3, 4});
  return {
      {"all", {x}, [](const Tensors& in) { return std(in[0]); }},
      {"rows, biased", {x}, [](const Tensors& in) { return std(in[0], {-1}, {.correction = 0}); }}};
}

Samples norm_samples() {
  const Tensor x = sample_normal({2, 3, 4});
  const auto of_rows = [](double p) {
    return [p](const Tensors& in) { return norm(in[0], p, {-1}); };
  };
  return {{"Euclidean", {x}, [](const Tensors& in) { return norm(in[0]); }},
          {"Euclidean, kept",
           {x},
           [](const Tensors& in) {
             return norm(in[0], 2, {0, 2}, true);
           }},
          {"sum", {x}, of_rows(1)},
          {"maximum", {x}, of_rows(kInfinity)},
          {"minimum", {x}, of_rows(-kInfinity)},
          {"cubic", {x}, of_rows(3)},
          {"harmonic", {x}, of_rows(-1)}};
}

Samples logsumexp_samples() {
  const Tensor x = sample_normal({2, 3, 4});
  return {{"rows", {x}, [](const Tensors& in) { return logsumexp(in[0], {-1}); }},
          {"two, kept",
           {x},
           [](const Tensors& in) {
             return logsumexp(in[0], {0, 1}, true);
           }},
          {"scalar", {sample_normal({})}, [](const Tensors& in) { return logsumexp(in[0], {}); }}};
}

}  // namespace

// s² = Σ (x − x̄)² / (n − c)
Tensor var(const Tensor& x, const Dims& dims, VarOptions options) {
  const Tensor center = mean(x, dims, true);
  const auto n = static_cast<double>(x.numel()) / static_cast<double>(center.numel());
  return sum(square(x - center), dims, options.keepdim) / std::max(n - options.correction, 0.0);
}

// s = √s²
Tensor std(const Tensor& x, const Dims& dims, VarOptions options) {
  return power(var(x, dims, options), 0.5);
}

// ‖x‖ = (Σ |x|ᵖ)^(1/p)
Tensor norm(const Tensor& x, double p, const Dims& dims, bool keepdim) {
  require<ValueError>(!std::isnan(p), "norm: p is not a number");
  if (p == 0) return sum(to(ne(x, 0), x.dtype()), dims, keepdim);
  if (p == kInfinity) return amax(abs(x), dims, keepdim);
  if (p == -kInfinity) return amin(abs(x), dims, keepdim);
  if (p == 1) return sum(abs(x), dims, keepdim);
  if (p == 2) return power(sum(square(x), dims, keepdim), 0.5);
  return power(sum(power(abs(x), p), dims, keepdim), 1 / p);
}

// y = m + ln Σ exp(x − m),   m = max x. The shift by m changes no value and needs no gradient; where
// m is infinite, the exponentials are 0 or ∞ without it.
Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim) {
  const Tensor largest = amax(x.detach(), dims, true);
  const Tensor shift = masked_fill(largest, eq(abs(largest), kInfinity), 0);
  const Tensor y = log(sum(exp(x - shift), dims, keepdim));
  return y + reshape(shift, y.shape());
}

OpInfos statistics_ops() {
  return {OpInfo{"var", var_samples}, OpInfo{"std", std_samples}, OpInfo{"norm", norm_samples},
          OpInfo{"logsumexp", logsumexp_samples}};
}

}  // namespace gradus
