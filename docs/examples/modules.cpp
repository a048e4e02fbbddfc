// Chapter 8: parameters and their names, how weights begin, and AdamW on a narrow valley.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/autograd/grad_mode.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"
#include "models/bert/bert.hpp"
#include "nn/nn.hpp"

using namespace gradus;

namespace {

// #region two-layers
// Two linear layers with GELU between them, as a module of one's own.
struct TwoLayers : nn::Module {
  TwoLayers() {
    add_module("in", in);
    add_module("out", out);
  }
  Tensor forward(const Tensor& x) const { return out.forward(gelu(in.forward(x))); }

  nn::Linear in{{.in = 4, .out = 8}}, out{{.in = 8, .out = 1}};
};
// #endregion two-layers

double deviation(const Tensor& x) {
  const Tensor centred = x - mean(x);
  return std::sqrt(mean(centred * centred).item<double>());
}

// The deviation of what comes out of each of ten linear layers of 256 (no activation), whose weights
// have a given deviation.
std::vector<double> through_layers(double weight_deviation) {
  Tensor x = randn({64, 256}, {.seed = 8}, DType::float64);
  std::vector<double> sizes{deviation(x)};
  for (uint64_t layer = 0; layer < 10; ++layer) {
    const Tensor w = randn({256, 256}, {.seed = 8, .stream = 1 + layer}, DType::float64);
    x = matmul(x, w * weight_deviation);
    sizes.push_back(deviation(x));
  }
  return sizes;
}

// f(x, y) = ½(x² + 100 y²) from (1, 1)
struct Valley {
  Tensor x = ones({1}, DType::float64).requires_grad_();
  Tensor y = ones({1}, DType::float64).requires_grad_();
  Tensor value() const { return 0.5 * sum(x * x + 100.0 * y * y); }
};

// #region descent
// Gradient descent: p ← p − lr·g
std::vector<double> descent(double learning_rate, int steps) {
  Valley valley;
  std::vector<double> values;
  for (int i = 0; i < steps; ++i) {
    const Tensor value = valley.value();
    values.push_back(value.item<double>());
    valley.x.set_grad({}), valley.y.set_grad({});
    value.backward();
    const NoGrad no_grad;
    valley.x.sub_(valley.x.grad(), learning_rate);
    valley.y.sub_(valley.y.grad(), learning_rate);
  }
  return values;
}
// #endregion descent

std::vector<double> adam(double learning_rate, int steps) {
  Valley valley;
  nn::AdamW optimizer({{"x", valley.x}, {"y", valley.y}}, {.weight_decay = 0});
  std::vector<double> values;
  for (int i = 0; i < steps; ++i) {
    const Tensor value = valley.value();
    values.push_back(value.item<double>());
    valley.x.set_grad({}), valley.y.set_grad({});
    value.backward();
    optimizer.step(learning_rate * nn::warmup_linear_decay(i, 0, steps));
  }
  return values;
}

// How far the first step of AdamW goes, for a gradient of this size.
double first_step(double gradient, bool bias_correction) {
  Tensor p = zeros({1}, DType::float64).requires_grad_();
  p.set_grad(tensor({gradient}, DType::float64));
  nn::AdamW optimizer({{"p", p}}, {.weight_decay = 0, .bias_correction = bias_correction});
  optimizer.step(0.001);
  return -p.detach().item<double>();
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  const TwoLayers model;
  numbers.add("two_layers.parameters", static_cast<double>(model.parameter_count()));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.state_dict()) names.push_back(name);
  numbers.expect(
      names == std::vector<std::string>{"in.bias", "in.weight", "out.bias", "out.weight"}, "names");

  // BERT-mini, with the vocabulary of the sample run
  bert::Config config = bert::preset("mini");
  config.vocab_size = 3000;
  const auto mini = bert::new_model(config);
  numbers.add("mini.parameters", static_cast<double>(mini->parameter_count()));
  numbers.add("mini.embeddings", static_cast<double>(mini->bert.embeddings.parameter_count()));
  numbers.add("mini.layer", static_cast<double>(mini->bert.layers[0]->parameter_count()));
  numbers.add("mini.attention",
              static_cast<double>(mini->bert.layers[0]->attention.parameter_count()));
  numbers.add("mini.tensors", static_cast<double>(mini->named_parameters().size()));

  numbers.add("init.scaled", through_layers(1.0 / 16));
  numbers.add("init.small", through_layers(0.02));
  numbers.add("init.one", through_layers(1));

  numbers.add("descent.slow", descent(0.019, 100));
  numbers.add("descent.fast", descent(0.0201, 100));
  numbers.add("descent.adam", adam(0.1, 100));

  for (const double gradient : {0.001, 1.0, 1000.0}) {
    // Exercise: the first step is lr, whatever the gradient.
    const double step = first_step(gradient, true);
    numbers.expect(std::abs(step - 0.001) < 2e-6, "the first step is the learning rate");
  }
  numbers.add("first_step.small", first_step(0.001, true));
  numbers.add("first_step.uncorrected", first_step(1, false));

  for (const int64_t step : {0, 113, 114, 1000, 1899}) {
    numbers.add("schedule.s" + std::to_string(step),
                0.0012 * nn::warmup_linear_decay(step, 114, 1900));
  }
  std::vector<double> schedule;
  for (int64_t step = 0; step < 1900; step += 19) {
    schedule.push_back(0.0012 * nn::warmup_linear_decay(step, 114, 1900));
  }
  numbers.add("schedule.curve", schedule);
  numbers.add("clip", nn::clip_scale(4, 1));
  return numbers.finish(argc, argv);
}
