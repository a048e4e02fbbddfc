#include "nn/adamw.hpp"

#include "tests/catch.hpp"
#include "tests/nn/support.hpp"

using namespace gradus;

namespace {

struct Reference {
  std::vector<double> p, m, v;
};

// Algorithm 2 of Loshchilov and Hutter 2019 for one parameter, one number at a time.
void reference_step(Reference& r, const std::vector<double>& g, int t, double lr, double decay,
                    const nn::AdamWOptions& o) {
  for (size_t i = 0; i < r.p.size(); ++i) {
    r.m[i] = o.beta1 * r.m[i] + (1 - o.beta1) * g[i];
    r.v[i] = o.beta2 * r.v[i] + (1 - o.beta2) * g[i] * g[i];
    const double m = o.bias_correction ? r.m[i] / (1 - std::pow(o.beta1, t)) : r.m[i];
    const double v = o.bias_correction ? r.v[i] / (1 - std::pow(o.beta2, t)) : r.v[i];
    r.p[i] -= lr * (m / (std::sqrt(v) + o.eps) + decay * r.p[i]);
  }
}

// A matrix, which decays, and a vector, which does not. 35 elements: two SIMD registers and a tail.
nn::NamedTensors parameters(DType dtype) {
  return {{"matrix", test::normal({5, 7}, 0, dtype).requires_grad_()},
          {"vector", test::normal({35}, 1, dtype).requires_grad_()}};
}

void set_gradients(const nn::NamedTensors& all, uint64_t step) {
  for (auto [name, parameter] : all) {
    parameter.set_grad(test::normal(parameter.shape(), 10 + step, parameter.dtype()));
  }
}

}  // namespace

TEST_CASE("AdamW makes the published steps, in both dtypes") {
  const nn::AdamWOptions options{.weight_decay = 0.1, .bias_correction = GENERATE(true, false)};
  // float64 to its rounding; float32 rounds p (up to 3) at each of 5 steps by 1.2e-7 of its size
  const auto [dtype, tolerance] =
      GENERATE(std::pair(DType::float64, 1e-14), std::pair(DType::float32, 2e-6));
  const nn::NamedTensors all = parameters(dtype);
  nn::AdamW optimizer(all, options);
  std::vector<Reference> references;
  for (const auto& [name, parameter] : all) {
    const std::vector<double> zero(35, 0.0);
    references.push_back({.p = test::values(parameter), .m = zero, .v = zero});
  }
  for (int t = 1; t <= 5; ++t) {
    set_gradients(all, static_cast<uint64_t>(t));
    optimizer.step(0.01 * t, 0.5);
    for (size_t k = 0; k < all.size(); ++k) {
      std::vector<double> g = test::values(all[k].second.grad());
      for (double& value : g) value *= 0.5;
      reference_step(references[k], g, t, 0.01 * t, k == 0 ? 0.1 : 0, options);
      const Tensor expected = tensor(references[k].p, all[k].second.shape(), DType::float64);
      CHECK(test::largest_difference(all[k].second, expected) < tolerance);
    }
  }
  CHECK(optimizer.steps() == 5);
}

TEST_CASE("with a gradient of zero, matrices decay and vectors stay") {
  const nn::NamedTensors all = parameters(DType::float32);
  const Tensor matrix = all[0].second.detach().clone(), vector = all[1].second.detach().clone();
  nn::AdamW optimizer(all, {.weight_decay = 0.5});
  for (auto [name, parameter] : all) parameter.set_grad(zeros(parameter.shape()));
  optimizer.step(0.1);
  CHECK(test::largest_difference(all[0].second, matrix * 0.95) < 1e-6);
  CHECK(test::bit_equal(all[1].second, vector));
}

TEST_CASE("a parameter without a gradient is left alone") {
  const nn::NamedTensors all = parameters(DType::float32);
  const Tensor before = all[0].second.detach().clone();
  nn::AdamW optimizer(all);
  Tensor vector = all[1].second;
  vector.set_grad(ones({35}));
  optimizer.step(0.1);
  CHECK(test::bit_equal(all[0].second, before));
}

TEST_CASE("a step is seen by the graph that saved the parameter") {
  const nn::NamedTensors all = parameters(DType::float32);
  nn::AdamW optimizer(all);
  const Tensor loss = (all[0].second * all[0].second).sum();
  set_gradients(all, 0);
  optimizer.step(0.1);
  CHECK_THROWS_AS(loss.backward(), GradError);
}

TEST_CASE("an optimizer with the state of another one makes the same step") {
  const nn::NamedTensors first = parameters(DType::float32), second = parameters(DType::float32);
  nn::AdamW straight(first), resumed(second);
  set_gradients(first, 1);
  straight.step(0.1);
  for (size_t k = 0; k < first.size(); ++k) {
    second[k].second.detach().copy_(first[k].second.detach());
  }
  resumed.load_state_dict(straight.state_dict(), straight.steps());
  for (const auto* all : {&first, &second}) set_gradients(*all, 2);
  straight.step(0.1);
  resumed.step(0.1);
  for (size_t k = 0; k < first.size(); ++k) {
    CHECK(test::bit_equal(first[k].second, second[k].second));
  }
}

TEST_CASE("moments that do not fit are refused by name, and nothing is changed") {
  nn::AdamW optimizer(parameters(DType::float32));
  nn::StateDict state;
  for (const auto& [name, moment] : optimizer.state_dict()) {
    state.emplace(name, ones(moment.shape()));
  }
  SECTION("missing") {
    state.erase("v.vector");
    CHECK_THROWS_WITH(optimizer.load_state_dict(state, 3), "optimizer moment v.vector is missing");
  }
  SECTION("of another shape") {
    state.at("v.vector") = ones({5, 7});
    CHECK_THROWS_WITH(
        optimizer.load_state_dict(state, 3),
        "optimizer moment v.vector is Tensor(float32, [5, 7]), expected Tensor(float32, [35])");
  }
  CHECK_THROWS_AS(optimizer.load_state_dict(state, 3), FormatError);
  CHECK(optimizer.steps() == 0);
  CHECK(test::largest(optimizer.state_dict().at("m.matrix")) == 0);
}

TEST_CASE("the learning rate rises over the warmup and falls to zero") {
  CHECK(nn::warmup_linear_decay(0, 4, 12) == 0.25);
  CHECK(nn::warmup_linear_decay(3, 4, 12) == 1);
  CHECK(nn::warmup_linear_decay(4, 4, 12) == 1);
  CHECK(nn::warmup_linear_decay(8, 4, 12) == 0.5);
  CHECK(nn::warmup_linear_decay(12, 4, 12) == 0);
  CHECK(nn::warmup_linear_decay(99, 4, 12) == 0);
  CHECK(nn::warmup_linear_decay(0, 0, 10) == 1);  // no warmup
}

TEST_CASE("gradients are scaled down to the norm, never up") {
  CHECK(nn::clip_scale(4, 1) == 0.25);
  CHECK(nn::clip_scale(0.5, 1) == 1);
  CHECK(nn::clip_scale(0, 1) == 1);
}

TEST_CASE("the global norm is that of all gradients as one vector") {
  Tensor a = zeros({2, 2}).requires_grad_(), b = zeros({1}, DType::float64).requires_grad_();
  const Tensor without = zeros({3}).requires_grad_();
  a.set_grad(full({2, 2}, 2));
  b.set_grad(full({1}, 3, DType::float64));
  CHECK(nn::global_norm({a, b, without}) == 5);
  // a gradient that is a view with strides counts each of its elements once
  a.set_grad(tensor({1, 2}).unsqueeze(0).expand({2, 2}));
  CHECK(nn::global_norm({a}) == Approx(std::sqrt(10)));
}
