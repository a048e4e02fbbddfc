// Chapter 11: positions, layer norm, and what residual connections and norms do to gradients.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/autograd/functional.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"
#include "nn/encoder.hpp"

using namespace gradus;

namespace {

double norm_of(const Tensor& x) { return std::sqrt(sum(x * x).item<double>()); }

// #region sinusoids
// The positions of Vaswani et al. (2017): pairs (sin ωp, cos ωp), ω from 1 down to 1/10,000.
std::vector<double> position(int64_t p, int64_t dim) {
  std::vector<double> code;
  for (int64_t i = 0; i < dim; i += 2) {
    const double frequency = std::pow(10'000.0, -static_cast<double>(i) / static_cast<double>(dim));
    code.push_back(std::sin(frequency * static_cast<double>(p)));
    code.push_back(std::cos(frequency * static_cast<double>(p)));
  }
  return code;
}
// #endregion sinusoids

double inner(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

enum class Kind { plain, post, pre };

// A stack of layers; `plain` has neither residual connections nor norms, and `pre` one more norm at the
// end.
Tensor run(const std::vector<std::unique_ptr<nn::EncoderLayer>>& layers, Kind kind, Tensor x) {
  for (const auto& layer : layers) {
    x = kind == Kind::plain ? layer->feed_forward.forward(layer->attention.forward(x, x))
                            : layer->forward(x);
  }
  const Tensor one = ones({x.size(-1)}, x.dtype());
  return kind == Kind::pre ? layer_norm(x, one, zeros_like(one), 1e-12) : x;
}

// For a loss ⟨out, v⟩ with random v of length 1: the length of the gradient at the input of the stack,
// and of a gradient of the first layer's weights, and the size of an output's element.
struct Flow {
  double gradient, first_weight, last_weight, output;
};
Flow flow(Kind kind, int64_t depth) {
  manual_seed(11);
  std::vector<std::unique_ptr<nn::EncoderLayer>> layers;
  for (int64_t i = 0; i < depth; ++i) {
    layers.push_back(std::make_unique<nn::EncoderLayer>(nn::EncoderOptions{
        .hidden = 32,
        .heads = 4,
        .intermediate = 128,
        .norm = kind == Kind::pre ? nn::NormPosition::pre : nn::NormPosition::post}));
    layers.back()->to(DType::float64);
  }
  const Tensor x = randn({2, 8, 32}, {.seed = 12}, DType::float64).requires_grad_();
  const Tensor v = randn({2, 8, 32}, {.seed = 13}, DType::float64);
  const Tensor y = run(layers, kind, x);
  sum(y * v / norm_of(v)).backward();
  const auto weight = [](const nn::EncoderLayer& layer) {
    return norm_of(layer.feed_forward.in.weight.grad());
  };
  const Tensor out = y.detach();
  return {norm_of(x.grad()), weight(*layers.front()), weight(*layers.back()),
          norm_of(out) / std::sqrt(static_cast<double>(out.numel()))};
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;

  // the inner product of two positions depends on their distance alone
  constexpr int64_t kDim = 64;
  for (int64_t distance = 0; distance <= 60; ++distance) {
    const double here = inner(position(10, kDim), position(10 + distance, kDim));
    const double there = inner(position(300, kDim), position(300 + distance, kDim));
    numbers.expect(std::abs(here - there) < 1e-9, "only the distance counts");
    numbers.add("position.product." + std::to_string(distance), here);
  }

  // layer norm: what it does not see, and what its gradient therefore lacks
  const Tensor x = tensor({1, 2, 3, 6}, DType::float64);
  const Tensor one = ones({4}, DType::float64), nothing = zeros({4}, DType::float64);
  const auto norm = [&](const Tensor& in) { return layer_norm(in, one, nothing, 1e-12); };
  numbers.add("norm.y", norm(x).to_vector<double>());
  for (const Tensor& other : {x + 100.0, x * 7.0}) {
    numbers.expect(norm_of(norm(other) - norm(x)) < 1e-9, "shift and scale are not seen");
  }
  const Tensor dy = tensor({1, 0, 0, 0}, DType::float64);
  const Tensor dx =
      vjp([&](const Tensors& in) { return Tensors{norm(in[0])}; }, {x}, {dy}).product[0];
  numbers.add("norm.dx", dx.to_vector<double>());
  numbers.expect(std::abs(sum(dx).item<double>()) < 1e-9, "dx sums to 0");
  // Exercise: dx is orthogonal to x̂.
  numbers.expect(std::abs(sum(dx * norm(x)).item<double>()) < 1e-9, "dx is orthogonal to x̂");
  numbers.expect(
      norm_of(layer_norm(tensor({5, 5, 5, 5}, DType::float64), one, nothing, 1e-12)) == 0,
      "a row of equal numbers becomes 0");

  // the flow of gradients through stacks
  const std::vector<std::pair<Kind, std::string>> kinds = {
      {Kind::plain, "plain"}, {Kind::post, "post"}, {Kind::pre, "pre"}};
  int at = 0;
  for (const int64_t depth : {1, 2, 4, 8, 16, 24}) {
    const std::string i = fmt::format(".{}", at++);
    numbers.add("flow.depth" + i, static_cast<double>(depth));
    for (const auto& [kind, name] : kinds) {
      const Flow f = flow(kind, depth);
      numbers.add("flow." + name + ".gradient" + i, f.gradient);
      numbers.add("flow." + name + ".first_weight" + i, f.first_weight);
      numbers.add("flow." + name + ".last_weight" + i, f.last_weight);
      numbers.add("flow." + name + ".output" + i, f.output);
    }
  }
  return numbers.finish(argc, argv);
}
