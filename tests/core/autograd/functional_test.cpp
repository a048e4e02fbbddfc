// vjp, jvp, jacobian and hessian against Jacobians worked out by hand.
#include "core/autograd/functional.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// A few roundings of numbers of order one.
constexpr double kRounding = 1e-13;

// f(x, y) = (x ⊙ y, Σ x²) of vectors; its Jacobian is [[diag y, diag x], [2xᵀ, 0]].
Tensors two_outputs(const Tensors& in) { return {in[0] * in[1], sum(in[0] * in[0])}; }

Tensor diagonal_matrix(const Tensor& x) {
  const Tensor matrix = zeros({x.numel(), x.numel()}, DType::float64);
  for (int64_t i = 0; i < x.numel(); ++i) {
    matrix.data<double>()[i * (x.numel() + 1)] = x.data<double>()[i];
  }
  return matrix;
}

}  // namespace

TEST_CASE("jacobian of two outputs by two inputs") {
  const Tensor x = normal({3}), y = normal({3}, 1);
  const std::vector<Tensors> J = jacobian(two_outputs, {x, y});
  REQUIRE(J.size() == 2);
  REQUIRE(J[0].size() == 2);
  CHECK(largest_difference(J[0][0], diagonal_matrix(y)) < kRounding);
  CHECK(largest_difference(J[0][1], diagonal_matrix(x)) < kRounding);
  CHECK(largest_difference(J[1][0], x * 2.0) < kRounding);
  CHECK(bit_equal(J[1][1], zeros({3}, DType::float64)));
  CHECK_FALSE(J[0][0].requires_grad());
}

TEST_CASE("a jacobian has the shape of the output, then that of the input") {
  // (AB)_ik = Σ_j A_ij B_jk,   ∂(AB)_ik / ∂A_pq = [i = p] B_qk
  const Tensor a = normal({2, 3}), b = normal({3, 4}, 1);
  const Tensor J =
      jacobian([&](const Tensors& in) { return Tensors{matmul(in[0], b)}; }, {a})[0][0];
  REQUIRE(J.shape() == Shape{2, 4, 2, 3});
  const std::vector<double> values = J.to_vector<double>();
  for (int64_t i = 0, at = 0; i < 2; ++i) {
    for (int64_t k = 0; k < 4; ++k) {
      for (int64_t p = 0; p < 2; ++p) {
        for (int64_t q = 0; q < 3; ++q, ++at) {
          const double expected = i == p ? b.data<double>()[q * 4 + k] : 0;
          CHECK(values[static_cast<size_t>(at)] == Approx(expected).margin(kRounding));
        }
      }
    }
  }
  const auto empty = [](const Tensors& in) { return Tensors{narrow(in[0], 0, 0, 0)}; };
  CHECK(jacobian(empty, {a})[0][0].shape() == Shape{0, 3, 2, 3});
}

TEST_CASE("vjp and jvp are products with the jacobian") {
  const Tensor x = normal({3}), y = normal({3}, 1);
  const Tensor u = normal({3}, 2), s = normal({}, 3);     // one for each output
  const Tensor dx = normal({3}, 4), dy = normal({3}, 5);  // one for each input

  const FunctionProduct left = vjp(two_outputs, {x, y}, {u, s});
  CHECK(bit_equal(left.outputs[0], x * y));
  CHECK(largest_difference(left.product[0], u * y + s * x * 2.0) < kRounding);
  CHECK(largest_difference(left.product[1], u * x) < kRounding);

  const FunctionProduct right = jvp(two_outputs, {x, y}, {dx, dy});
  CHECK(bit_equal(right.outputs[1], sum(x * x)));
  CHECK(largest_difference(right.product[0], y * dx + x * dy) < kRounding);
  CHECK(largest_difference(right.product[1], sum(x * dx) * 2.0) < kRounding);
  for (const FunctionProduct& result : {left, right}) {
    CHECK_FALSE(result.outputs[0].requires_grad());
    CHECK_FALSE(result.product[0].requires_grad());
  }
}

TEST_CASE("uᵀ(Jv) = (uᵀJ)v for a function with softmax and layer_norm") {
  const auto f = [](const Tensors& in) {
    return Tensors{softmax(matmul(in[0], in[1]), -1), tanh(sum(in[0], {0}))};
  };
  const Tensors x{normal({2, 3}), normal({3, 4}, 1)};
  const Tensors u{normal({2, 4}, 2), normal({3}, 3)}, v{normal({2, 3}, 4), normal({3, 4}, 5)};
  const Tensors left = vjp(f, x, u).product, right = jvp(f, x, v).product;
  CHECK(largest_difference(sum(left[0] * v[0]) + sum(left[1] * v[1]),
                           sum(u[0] * right[0]) + sum(u[1] * right[1])) < kRounding);
}

TEST_CASE("hessian in blocks") {
  // f(x, y) = Σ x³y:   ∂²f/∂x² = diag(6xy),  ∂²f/∂x∂y = diag(3x²),  ∂²f/∂y² = 0
  const Tensor x = normal({3}), y = normal({3}, 1);
  const auto f = [](const Tensors& in) { return sum(pow(in[0], 3) * in[1]); };
  const std::vector<Tensors> H = hessian(f, {x, y});
  CHECK(largest_difference(H[0][0], diagonal_matrix(x * y * 6.0)) < kRounding);
  CHECK(largest_difference(H[0][1], diagonal_matrix(x * x * 3.0)) < kRounding);
  CHECK(largest_difference(H[1][0], diagonal_matrix(x * x * 3.0)) < kRounding);
  CHECK(bit_equal(H[1][1], zeros({3, 3}, DType::float64)));
  // that of a linear function is 0
  CHECK(values(hessian([](const Tensors& in) { return sum(in[0]); }, {x})[0][0]) ==
        std::vector<double>(9, 0));
}

TEST_CASE("create_graph differentiates a derivative with respect to the caller's inputs") {
  const Tensor x = leaf({3});
  const auto cube = [](const Tensors& in) { return Tensors{pow(in[0], 3)}; };
  const Tensor v = normal({3}, 1);
  const Tensor six_x_v = x.detach() * v * 6.0;  // d(3x²·v)/dx
  const auto second = [&](const Tensor& product, const Tensor& cotangent) {
    return grad({product}, {x}, {cotangent}, {.retain_graph = true})[0];
  };
  CHECK(largest_difference(second(vjp(cube, {x}, {v}, true).product[0], ones({3}, DType::float64)),
                           six_x_v) < kRounding);
  CHECK(largest_difference(second(jvp(cube, {x}, {v}, true).product[0], ones({3}, DType::float64)),
                           six_x_v) < kRounding);
  CHECK(largest_difference(second(jacobian(cube, {x}, true)[0][0], diagonal_matrix(v)), six_x_v) <
        kRounding);
  const auto quartic = [](const Tensors& in) { return sum(pow(in[0], 4)); };
  const Tensor H = hessian(quartic, {x}, true)[0][0];  // diag(12x²)
  CHECK(largest_difference(second(H, diagonal_matrix(v)), x.detach() * v * 24.0) < kRounding);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("derivatives work under NoGrad, and of what depends on nothing") {
  const NoGrad no_grad;
  const Tensor x = normal({2}), c = ones({2}, DType::float64);
  const auto constant = [&](const Tensors&) { return Tensors{c}; };
  CHECK(values(jacobian(constant, {x})[0][0]) == std::vector<double>(4, 0));
  CHECK(values(vjp(constant, {x}, {c}).product[0]) == std::vector<double>(2, 0));
  CHECK(values(jvp(constant, {x}, {c}).product[0]) == std::vector<double>(2, 0));
  const auto twice = [](const Tensors& in) { return Tensors{in[0] * 2.0}; };
  CHECK(values(jvp(twice, {x}, {c}).product[0]) == std::vector<double>{2, 2});
  CHECK(values(vjp([](const Tensors& in) { return Tensors{sum(in[0])}; }, {x}).product[0]) ==
        std::vector<double>{1, 1});
}

TEST_CASE("misuse of the derivatives of functions is explained") {
  const Tensor x = normal({2});
  const auto same = [](const Tensors& in) { return in; };
  CHECK_THROWS_WITH(vjp(same, {x}),
                    ContainsSubstring("vjp: v may be left out for one element only, not for "
                                      "shape [2]"));
  const auto both = [](const Tensors& in) { return Tensors{in[0], in[0]}; };
  CHECK_THROWS_WITH(vjp(both, {x}),
                    ContainsSubstring("vjp: v may be left out for one tensor only, not for 2"));
  CHECK_THROWS_WITH(jvp(same, {x}, {x, x}),
                    ContainsSubstring("jvp: v has 2 tensors where 1 are needed"));
  CHECK_THROWS_WITH(vjp(same, {x}, {zeros({3})}),
                    ContainsSubstring("vjp: v[0] has shape [3], not [2]"));
  CHECK_THROWS_WITH(hessian([](const Tensors& in) { return in[0]; }, {x}),
                    ContainsSubstring("hessian: the function must return one element, not [2]"));
}
