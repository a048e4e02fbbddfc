#include "core/kernels/gemm_bf16.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/kernels/gemm_plain.hpp"
#include "core/kernels/parallel.hpp"
#include "core/random/philox.hpp"
#include "tests/catch.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;

namespace {

// Whether there is something to test; says so where there is not.
bool here() {
  if (bf16_unit().empty()) WARN("this CPU does not multiply bfloat16: its product is not tested");
  return !bf16_unit().empty();
}

struct Operand {
  Operand(int64_t rows, int64_t cols, bool transposed, RandomReader& random)
      : values(static_cast<size_t>(rows * cols)),
        view{values.data(), transposed ? rows : cols, transposed} {
    for (float& x : values) x = static_cast<float>(random.uniform() - 0.5);
  }
  std::vector<float> values;
  Matrix<const float> view;
};

using Multiply = decltype(gemm_bf16);

// Against factors rounded one by one and summed in double.
void check_product(Multiply* multiply, int64_t m, int64_t n, int64_t k, bool a_transposed,
                   bool b_transposed, float beta) {
  RandomReader random({static_cast<uint64_t>(m * 10000 + n * 100 + k), 1});
  const Operand a(m, k, a_transposed, random), b(k, n, b_transposed, random);
  const Operand before(m, n, false, random), bias(1, n, false, random);
  std::vector<float> c = before.values;
  const float alpha = 0.5F;  // a power of two, which rounds nothing
  multiply(m, n, k, alpha, a.view, b.view, beta, {c.data(), n}, bias.values.data());
  const auto rows = testing::table(
      m, k, [&](int64_t i, int64_t p) { return round_to_bf16(element(a.view, i, p)); });
  const auto columns = testing::table(
      n, k, [&](int64_t j, int64_t p) { return round_to_bf16(element(b.view, p, j)); });
  double worst = 0;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const double sum = testing::dot(rows.data() + i * k, columns.data() + j * k, k);
      const auto at = static_cast<size_t>(i * n + j);
      const double expected = alpha * sum + double{beta} * double{before.values[at]} +
                              double{bias.values[static_cast<size_t>(j)]};
      worst = std::max(worst, std::abs(double{c[at]} - expected));
    }
  }
  INFO(m << "x" << n << "x" << k << " " << a_transposed << b_transposed << " beta " << beta);
  // products below 1/4, each sum rounded; the hardware may cut off where others round
  CHECK(worst <= (static_cast<double>(k) / 2 + 2) * std::numeric_limits<float>::epsilon());
}

}  // namespace

TEST_CASE("numbers are rounded to bfloat16, ties to even", "[bf16]") {
  const auto bits = [](uint32_t x) { return std::bit_cast<float>(x); };
  CHECK(round_to_bf16(1.0F) == 1.0F);
  CHECK(round_to_bf16(bits(0x3F808000)) == bits(0x3F800000));  // a tie, down to even
  CHECK(round_to_bf16(bits(0x3F818000)) == bits(0x3F820000));  // a tie, up to even
  CHECK(round_to_bf16(bits(0x3F808001)) == bits(0x3F810000));
  CHECK(round_to_bf16(-bits(0x3F808001)) == -bits(0x3F810000));
  CHECK(std::isinf(round_to_bf16(std::numeric_limits<float>::max())));
  CHECK(std::isnan(round_to_bf16(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("products of bfloat16 round factors and nothing else", "[bf16]") {
  if (!here()) return;
  Multiply* const multiply = GENERATE(gemm_bf16, gemm_bf16_by_vectors);
  const bool at = GENERATE(false, true), bt = GENERATE(false, true);
  for (const float beta : {0.0F, 1.0F, 0.5F}) {
    for (const int64_t m : {1, 17, 32, 70}) {
      for (const int64_t n : {1, 16, 33, 130}) {
        for (const int64_t k : {0, 1, 31, 64, 130}) check_product(multiply, m, n, k, at, bt, beta);
      }
    }
  }
  check_product(multiply, 300, 70, 1100, at, bt, 0);  // several blocks and depths
  check_product(multiply, 40, 33, 2101, at, bt, 0);   // a long sum
}

TEST_CASE("products of bfloat16 are the same on any number of threads", "[bf16]") {
  if (!here()) return;
  const int before = num_threads();
  const int64_t m = GENERATE(515, 70), n = 130, k = m == 515 ? 300 : 2100;
  RandomReader random({1, 1});
  const Operand a(m, k, false, random), b(k, n, true, random);
  const auto product_on = [&](int threads) {
    set_num_threads(threads);
    std::vector<float> c(static_cast<size_t>(m * n));
    gemm_bf16(m, n, k, 1, a.view, b.view, 0, {c.data(), n});
    return c;
  };
  const std::vector<float> alone = product_on(1);
  for (int threads : {2, 3, 7}) CHECK(product_on(threads) == alone);
  set_num_threads(before);
}

TEST_CASE("float32 products follow the precision that is set", "[bf16]") {
  CHECK(float32_matmul_precision() == MatmulPrecision::highest);
  if (!here()) {
    CHECK_THROWS_WITH(set_float32_matmul_precision(MatmulPrecision::medium),
                      ContainsSubstring("neither AMX nor AVX-512-BF16"));
    return;
  }
  const float a = std::bit_cast<float>(0x3F808001U), one = 1;  // rounds up
  float product = 0;
  set_float32_matmul_precision(MatmulPrecision::medium);
  gemm(1, 1, 1, 1.0F, {&a, 1}, {&one, 1}, 0.0F, {&product, 1});
  CHECK(product == round_to_bf16(a));
  set_float32_matmul_precision(MatmulPrecision::highest);
  gemm(1, 1, 1, 1.0F, {&a, 1}, {&one, 1}, 0.0F, {&product, 1});
  CHECK(product == a);
}

TEST_CASE("the speed of bfloat16 is measured, or there is no unit for it", "[bf16]") {
  if (bf16_unit().empty()) {
    CHECK_THROWS_WITH(bf16_speed(), ContainsSubstring("this CPU does not multiply bfloat16"));
  } else {
    CHECK(bf16_speed() > 0);
    CHECK(bf16_speed() < 64);  // tiles at their best do 16
  }
}
