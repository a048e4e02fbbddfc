#include "core/ops/matmul.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// Σ_p a_ip·b_pj by broadcasting: independent of GEMM.
Tensor naive(const Tensor& a, const Tensor& b) {
  return sum(unsqueeze(a, -1) * unsqueeze(b, -3), {-2});
}

}  // namespace

TEST_CASE("products of matrices and batches, also stretched") {
  const auto check = [](const Shape& a, const Shape& b) {
    INFO(to_string(a) << " × " << to_string(b));
    const Tensor x = normal(a), y = normal(b, 1);
    CHECK(largest_difference(matmul(x, y), naive(x, y)) < 1e-13);  // sums of up to 7 terms
  };
  check({2, 3}, {3, 4});
  check({1, 1}, {1, 1});
  check({5, 2, 3}, {3, 4});
  check({2, 3}, {5, 3, 4});
  check({4, 1, 2, 7}, {3, 7, 5});
  check({2, 3, 2, 7}, {2, 3, 7, 1});
}

TEST_CASE("products of vectors, as in PyTorch") {
  const Tensor v = tensor({1, 2, 3}), m = arange(6, DType::float32).view({2, 3});
  CHECK(values(matmul(v, v)) == std::vector<double>{14});
  CHECK(matmul(v, v).shape().empty());
  CHECK(values(matmul(m, v)) == std::vector<double>{8, 26});
  CHECK(values(matmul(v, m.transpose(0, 1))) == std::vector<double>{8, 26});
  CHECK(matmul(v, zeros({4, 3, 2})).shape() == Shape{4, 2});
  CHECK(matmul(zeros({4, 2, 3}), v).shape() == Shape{4, 2});
}

TEST_CASE("products read any strides") {
  const Tensor memory = normal({6, 8, 4});
  const std::vector<Tensor> matrices{
      memory.select(2, 1),                                           // gaps in both dimensions
      memory.select(0, 1).transpose(0, 1),                           // by columns
      memory.select(1, 0).narrow(1, 1, 2),                           // rows with a gap
      memory.select(1, 0).narrow(1, 0, 1),                           // one column
      memory.select(1, 0).narrow(0, 0, 1),                           // one row
      memory.select(2, 0).select(0, 0).unsqueeze(0).expand({3, 8}),  // the same row
      memory.select(2, 0).select(0, 0).unsqueeze(1).expand({8, 3}),
  };
  for (const Tensor& a : matrices) {
    INFO(to_string(a.shape()) << " with strides " << to_string(a.strides()));
    const Tensor b = normal({a.size(1), 3}, 1);
    CHECK(bit_equal(matmul(a, b), matmul(a.clone(), b)));
    CHECK(largest_difference(matmul(transpose(b, 0, 1), transpose(a, 0, 1)),
                             transpose(matmul(a, b), 0, 1)) < 1e-13);
  }
  const Tensor batch = memory.permute({2, 0, 1});
  CHECK(largest_difference(matmul(batch, normal({8, 2}, 2)), naive(batch, normal({8, 2}, 2))) <
        1e-13);
}

TEST_CASE("products without elements: sums of nothing are 0") {
  const auto check = [](const Shape& a, const Shape& b, const Shape& product) {
    INFO(to_string(a) << " × " << to_string(b));
    const Tensor x = zeros(a).requires_grad_(), y = zeros(b).requires_grad_();
    const Tensor z = matmul(x, y);
    CHECK(z.shape() == product);
    CHECK(values(z) == std::vector<double>(static_cast<size_t>(z.numel()), 0));
    z.backward(ones_like(z));
    CHECK(values(x.grad()) == std::vector<double>(static_cast<size_t>(x.numel()), 0));
    CHECK(values(y.grad()) == std::vector<double>(static_cast<size_t>(y.numel()), 0));
  };
  check({2, 0}, {0, 3}, {2, 3});
  check({0, 2}, {2, 3}, {0, 3});
  check({2, 3}, {3, 0}, {2, 0});
  check({2, 3, 0}, {0, 4}, {2, 3, 4});
  check({2, 3, 0}, {2, 0, 4}, {2, 3, 4});
  check({2, 0, 3}, {2, 3, 4}, {2, 0, 4});
  check({0, 2, 3}, {3, 4}, {0, 2, 4});
  check({0, 2, 3}, {0, 3, 4}, {0, 2, 4});
  check({2, 3}, {0, 3, 4}, {0, 2, 4});
  check({0}, {0}, {});
}

TEST_CASE("linear layers without rows, inputs or outputs") {
  CHECK(linear(zeros({0, 3}), zeros({4, 3}), zeros({4})).shape() == Shape{0, 4});
  CHECK(linear(zeros({2, 0, 3}), zeros({4, 3})).shape() == Shape{2, 0, 4});
  CHECK(linear(zeros({2, 3, 4}), zeros({0, 4})).shape() == Shape{2, 3, 0});
  CHECK(values(linear(zeros({1, 2, 0}), zeros({2, 0}), tensor({1, 2}))) ==
        std::vector<double>{1, 2, 1, 2});
  CHECK(values(linear(tensor({1, 2}), tensor({3, 4}).view({1, 2}))) == std::vector<double>{11});
}

TEST_CASE("misuse of products is explained") {
  CHECK_THROWS_WITH(matmul(zeros({2, 3}), zeros({4, 5})),
                    ContainsSubstring("matmul: inner dimensions differ: [2, 3] × [4, 5]"));
  CHECK_THROWS_WITH(matmul(zeros({3}), zeros({4})), ContainsSubstring("inner dimensions differ"));
  CHECK_THROWS_WITH(matmul(zeros({2, 2, 3}), zeros({4, 3, 5})),
                    ContainsSubstring("matmul: shapes do not broadcast: [2] and [4]"));
  CHECK_THROWS_WITH(matmul(zeros({}), zeros({2, 2})),
                    ContainsSubstring("matmul: a scalar is not a matrix: [] × [2, 2]"));
  CHECK_THROWS_WITH(matmul(zeros({2, 2}), zeros({2, 2}, DType::float64)),
                    ContainsSubstring("matmul: dtypes differ: float32 and float64"));
  CHECK_THROWS_WITH(matmul(arange(4).view({2, 2}), arange(4).view({2, 2})),
                    ContainsSubstring("matmul: expected float32 or float64, got int64"));
  CHECK_THROWS_WITH(linear(zeros({2, 3}), zeros({4, 5})),
                    ContainsSubstring("linear: input [2, 3] does not fit weight [4, 5] [out, in]"));
  CHECK_THROWS_WITH(linear(zeros({2, 3}), zeros({4, 3}), zeros({3})),
                    ContainsSubstring("linear: bias [3] must have shape [4]"));
  CHECK_THROWS_WITH(linear(zeros({2, 3}), zeros({4, 3}), zeros({4}, DType::float64)),
                    ContainsSubstring("linear: input holds float32, weight float32, bias float64"));
}
