#include "core/ops/einsum.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("equations of the textbook") {
  const Tensor a = normal({2, 3}), b = normal({3, 4}, 1), v = normal({3}, 2);
  const double exact = 1e-14;  // sums of a few terms
  CHECK(largest_difference(einsum("ij,jk->ik", {a, b}), matmul(a, b)) < exact);
  CHECK(largest_difference(einsum("ij,jk->ki", {a, b}), transpose(matmul(a, b), 0, 1)) < exact);
  CHECK(largest_difference(einsum("ij,j->i", {a, v}), matmul(a, v)) < exact);
  CHECK(largest_difference(einsum("i,j->ij", {v, v}), unsqueeze(v, 1) * v) < exact);
  CHECK(largest_difference(einsum("i,i->", {v, v}), sum(v * v)) < exact);
  CHECK(largest_difference(einsum("i,i->i", {v, v}), v * v) < exact);
  CHECK(largest_difference(einsum("ij->", {a}), sum(a)) < exact);
  CHECK(largest_difference(einsum("ij->j", {a}), sum(a, {0})) < exact);
  CHECK(bit_equal(einsum("ij->ji", {a}), transpose(a, 0, 1)));
  const Tensor q = normal({2, 3, 4, 5}), k = normal({2, 3, 6, 5}, 1);
  CHECK(largest_difference(einsum("bhqd,bhkd->bhqk", {q, k}), matmul(q, transpose(k, 2, 3))) <
        exact);
}

TEST_CASE("a repeated index takes the diagonal") {
  const Tensor x = arange(9, DType::float64).view({3, 3});
  CHECK(values(einsum("ii->i", {x})) == std::vector<double>{0, 4, 8});
  CHECK(values(einsum("ii", {x})) == std::vector<double>{12});
  const Tensor cube = arange(8, DType::float64).view({2, 2, 2});
  CHECK(values(einsum("iii->i", {cube})) == std::vector<double>{0, 7});
  CHECK(values(einsum("iji->ij", {cube})) == std::vector<double>{0, 2, 5, 7});
  const Tensor two = arange(16, DType::float64).view({2, 2, 2, 2});
  CHECK(values(einsum("ijij->ij", {two})) == std::vector<double>{0, 5, 10, 15});
}

TEST_CASE("without an output, indices that occur once remain, in alphabetical order") {
  const Tensor a = normal({2, 3}), b = normal({3, 4}, 1);
  CHECK(bit_equal(einsum("ij,jk", {a, b}), einsum("ij,jk->ik", {a, b})));
  CHECK(bit_equal(einsum("ba", {a}), transpose(a, 0, 1)));
  CHECK(bit_equal(einsum("bA", {a}), transpose(a, 0, 1)));  // capitals first
  CHECK(bit_equal(einsum("i...,ij", {normal({2, 5}), a}),
                  einsum("i...,ij->...j", {normal({2, 5}), a})));
}

TEST_CASE("an ellipsis stands for any dimensions, which broadcast") {
  const Tensor a = normal({4, 1, 2, 3}), b = normal({5, 3, 2}, 1);
  CHECK(largest_difference(einsum("...ij,...jk->...ik", {a, b}), matmul(a, b)) < 1e-14);
  CHECK(largest_difference(einsum("...->", {a}), sum(a)) < 1e-14);
  CHECK(largest_difference(einsum("i...->i", {a}), sum(a, {1, 2, 3})) < 1e-14);
  CHECK(largest_difference(einsum("...,->...", {a, scalar(2, DType::float64)}), a * 2.0) == 0);
  CHECK(einsum("...ij->...ji", {a}).shape() == Shape{4, 1, 3, 2});
  CHECK(einsum("i...", {normal({2})}).shape() == Shape{2});
}

TEST_CASE("any number of operands, also such that stretch") {
  const Tensor a = normal({2, 3}), b = normal({3, 4}, 1), c = normal({4, 2}, 2);
  CHECK(largest_difference(einsum("ij,jk,kl->il", {a, b, c}), matmul(matmul(a, b), c)) < 1e-13);
  CHECK(largest_difference(einsum("ij,jk,ki->", {a, b, c}),
                           einsum("ii", {matmul(matmul(a, b), c)})) < 1e-13);
  const Tensor row = normal({1, 3}, 3);
  CHECK(largest_difference(einsum("ij,ij,ij->ij", {row, a, row}), row * a * row) < 1e-15);
  CHECK(largest_difference(einsum("ij,ij->j", {row, a}), sum(row * a, {0})) < 1e-15);
}

TEST_CASE("equations over nothing") {
  CHECK(values(einsum("ij,jk->ik", {zeros({2, 0}), zeros({0, 1})})) == std::vector<double>{0, 0});
  CHECK(einsum("ij,jk->ik", {zeros({0, 3}), zeros({3, 2})}).shape() == Shape{0, 2});
  CHECK(values(einsum("ii", {zeros({0, 0})})) == std::vector<double>{0});
  CHECK(values(einsum("", {scalar(3)})) == std::vector<double>{3});
}

TEST_CASE("misuse of einsum is explained") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(einsum("ij,jk", {x}),
                    ContainsSubstring("einsum: 'ij,jk' has 2 operands, but 1 are given"));
  CHECK_THROWS_WITH(einsum("ijk", {x}),
                    ContainsSubstring("einsum: 'ijk' does not fit an operand of shape [2, 3]"));
  CHECK_THROWS_WITH(einsum("ijk...", {x}), ContainsSubstring("einsum: 'ijk...' does not fit"));
  CHECK_THROWS_WITH(
      einsum("i1", {x}),
      ContainsSubstring("einsum: '1' in 'i1' is neither a letter nor the only '...'"));
  CHECK_THROWS_AS(einsum("...i...", {x}), ValueError);
  CHECK_THROWS_WITH(einsum("ij->ik", {x}),
                    ContainsSubstring("einsum: the output's 'k' is in no operand"));
  CHECK_THROWS_WITH(einsum("ij->ii", {x}), ContainsSubstring("einsum: the output names 'i' twice"));
  CHECK_THROWS_WITH(einsum("ij,ij->i", {x, zeros({2, 4})}),
                    ContainsSubstring("einsum: 'j' has the sizes 3 and 4"));
  CHECK_THROWS_WITH(einsum("...i,...i->i", {x, zeros({4, 3})}),
                    ContainsSubstring("einsum: '...' has the sizes 2 and 4"));
  CHECK_THROWS_WITH(einsum("ii", {x}),
                    ContainsSubstring("einsum: 'i' is repeated, but [2, 3] has no diagonal there"));
  CHECK_THROWS_WITH(einsum("i,i", {zeros({2}), zeros({2}, DType::float64)}),
                    ContainsSubstring("einsum: dtypes differ: float32 and float64"));
}
