// Reductions, sorting and gathering against PyTorch's: tests/golden/reductions.py wrote the numbers.
#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

std::function<Tensor(const Tensors&)> norm_of(double p) {
  return [p](const Tensors& x) { return norm(x[0], p, {0, 2}); };
}

GoldenCases reductions_cases() {
  const std::vector<int64_t> places{2, 0, 1, 1, 1, 2};
  const Tensor index = tensor(places, {1, 2, 3});
  return {
      {"sum",
       [](const Tensors& x) {
         return sum(x[0], {0, 2});
       }},
      {"mean",
       [](const Tensors& x) {
         return mean(x[0], {0, 2}, true);
       }},
      {"prod", [](const Tensors& x) { return prod(x[0], {1}); }},
      {"prod_zeros", [](const Tensors& x) { return prod(x[0], {1}); }},
      {"amax",
       [](const Tensors& x) {
         return amax(x[0], {0, 2});
       }},
      {"amax_ties", [](const Tensors& x) { return amax(x[0], 1); }},
      {"amin_ties", [](const Tensors& x) { return amin(x[0], 1); }},
      {"max_all", [](const Tensors& x) { return max(x[0]); }},
      {"max_ties", [](const Tensors& x) { return max(x[0], 1).values; }},
      {"min_ties", [](const Tensors& x) { return min(x[0], 1).values; }},
      {"var",
       [](const Tensors& x) {
         return var(x[0], {0, 2});
       }},
      {"var_biased",
       [](const Tensors& x) { return var(x[0], {1}, {.correction = 0, .keepdim = true}); }},
      {"std", [](const Tensors& x) { return gradus::std(x[0], {-1}); }},
      {"std_zero", [](const Tensors& x) { return gradus::std(x[0], {-1}); }},
      {"norm_half", norm_of(0.5)},
      {"norm_1", norm_of(1)},
      {"norm_2", norm_of(2)},
      {"norm_3", norm_of(3)},
      {"norm_inf", norm_of(INFINITY)},
      {"norm_minus_1", norm_of(-1)},
      {"norm_minus_inf", norm_of(-INFINITY)},
      {"norm_zero", [](const Tensors& x) { return norm(x[0], 2, {1}); }},
      {"logsumexp",
       [](const Tensors& x) {
         return logsumexp(x[0], {0, 2});
       }},
      {"cumsum", [](const Tensors& x) { return cumsum(x[0], 1); }},
      {"sort", [](const Tensors& x) { return sort(x[0], 1).values; }},
      {"sort_ties", [](const Tensors& x) { return sort(x[0], 1, true).values; }},
      {"topk", [](const Tensors& x) { return topk(x[0], 2, 2).values; }},
      {"gather", [index](const Tensors& x) { return gather(x[0], 1, index); }},
      {"scatter_add", [index](const Tensors& x) { return scatter_add(x[0], 1, index, x[1]); }},
  };
}

}  // namespace

TEST_CASE("reductions, sorting and gathering agree with PyTorch") {
  const TensorMap golden = load_golden("reductions.safetensors");
  const GoldenCases all = reductions_cases();
  for (const auto& [name, function] : all) {
    INFO(name);
    // some roundings of 2⁻⁵³, which logsumexp of numbers around 50 makes larger; in float32 these
    // are rounded to 2⁻¹⁹
    CHECK(golden_error(golden, name, function, DType::float64) < 1e-13);
    CHECK(golden_error(golden, name, function, DType::float32) < 2e-5);
  }
  for (const auto& [key, tensor] : golden) CHECK(all.contains(key.substr(0, key.find('.'))));
}
