#include "core/kernels/gemm.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "core/error.hpp"
#include "core/kernels/gemm_plain.hpp"
#include "core/kernels/gemm_simd.hpp"
#include "core/kernels/onednn.hpp"
#include "core/kernels/openblas.hpp"
#include "core/kernels/parallel.hpp"
#include "core/random/philox.hpp"
#include "tests/catch.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;

namespace {

// A stored matrix whose rows lie further apart than they are long; the gaps hold NaN.
template <class T>
struct Stored {
  Stored(int64_t rows, int64_t cols, bool transposed, RandomReader& random)
      : stored_cols(transposed ? rows : cols),
        stride(stored_cols + 3),
        values(static_cast<size_t>((transposed ? cols : rows) * stride),
               std::numeric_limits<T>::quiet_NaN()),
        is_transposed(transposed) {
    const int64_t stored_rows = transposed ? cols : rows;
    for (int64_t i = 0; i < stored_rows * stored_cols; ++i) {
      const int64_t at = i / stored_cols * stride + i % stored_cols;
      values[static_cast<size_t>(at)] = static_cast<T>(random.uniform() - 0.5);
    }
  }
  Matrix<const T> view() const { return {values.data(), stride, is_transposed}; }
  T at(int64_t i, int64_t j) const { return element(view(), i, j); }

  int64_t stored_cols, stride;
  std::vector<T> values;
  bool is_transposed;
};

template <class T>
using Product = std::function<void(int64_t, int64_t, int64_t, T, Matrix<const T>, Matrix<const T>,
                                   T, Matrix<T>)>;

// Overloaded functions, to be passed on.
constexpr auto kGemm = [](auto... arguments) { gemm(arguments...); };
constexpr auto kLibrary = [](auto... arguments) { gemm_openblas(arguments...); };
constexpr auto kOneDnn = [](auto... arguments) { gemm_onednn(arguments...); };
constexpr auto kSimd = [](auto... arguments) { gemm_simd(arguments...); };

// alpha·A·B + beta·C against a sum in double.
template <class T>
void check_product(const Product<T>& multiply, int64_t m, int64_t n, int64_t k, bool a_transposed,
                   bool b_transposed, T beta) {
  RandomReader random({static_cast<uint64_t>(m * 10000 + n * 100 + k), 1});
  const Stored<T> a(m, k, a_transposed, random), b(k, n, b_transposed, random);
  Stored<T> c(m, n, false, random);
  const Stored<T> before = c;
  if (beta == 0) std::fill(c.values.begin(), c.values.end(), std::numeric_limits<T>::quiet_NaN());
  const T alpha = T(0.75);
  multiply(m, n, k, alpha, a.view(), b.view(), beta, {c.values.data(), c.stride});

  // k products below 1/4 each, every one of them rounded.
  const double tolerance = (static_cast<double>(k) / 4 + 2) * std::numeric_limits<T>::epsilon();
  const auto rows = testing::table(m, k, [&](int64_t i, int64_t p) { return a.at(i, p); });
  const auto columns = testing::table(n, k, [&](int64_t j, int64_t p) { return b.at(p, j); });
  double worst = 0;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const double sum = testing::dot(rows.data() + i * k, columns.data() + j * k, k);
      const double expected = alpha * sum + (beta == 0 ? 0.0 : double{beta} * before.at(i, j));
      const double error = std::abs(static_cast<double>(c.at(i, j)) - expected);
      worst = std::isnan(error) ? error : std::max(worst, error);
      if (std::isnan(worst)) break;
    }
  }
  INFO(m << "x" << n << "x" << k << " " << a_transposed << b_transposed << " beta " << beta);
  CHECK(worst <= tolerance);
  // nothing is written between the rows
  bool gaps_kept = true;
  for (int64_t i = 0; i < m; ++i) gaps_kept &= std::isnan(c.at(i, n));
  CHECK(gaps_kept);
}

template <class T>
void check_shapes(const Product<T>& multiply, bool a_transposed, bool b_transposed) {
  for (T beta : {T(0), T(1), T(0.5)}) {
    for (int64_t m : {1, 2, 17, 70}) {
      for (int64_t n : {1, 5, 33, 300}) {
        for (int64_t k : {0, 1, 16, 130}) {
          check_product(multiply, m, n, k, a_transposed, b_transposed, beta);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("gemm computes alpha·A·B + beta·C", "[gemm]") {
  const bool at = GENERATE(false, true), bt = GENERATE(false, true);
  SECTION("float") { check_shapes<float>(kGemm, at, bt); }
  SECTION("double") { check_shapes<double>(kGemm, at, bt); }
  SECTION("float, by the library") { check_shapes<float>(kLibrary, at, bt); }
  SECTION("double, by the library") { check_shapes<double>(kLibrary, at, bt); }
  SECTION("float, blocked") { check_shapes<float>(gemm_plain<float>, at, bt); }
  SECTION("double, blocked") { check_shapes<double>(gemm_plain<double>, at, bt); }
  SECTION("float, naive") { check_shapes<float>(gemm_naive<float>, at, bt); }
}

TEST_CASE("the product by SIMD computes the same on every instruction set", "[gemm]") {
  const bool at = GENERATE(false, true), bt = GENERATE(false, true);
  testing::on_each_target([=] { check_shapes<float>(kSimd, at, bt); });
}

TEST_CASE("the product by SIMD goes through several depths, blocks and panels", "[gemm]") {
  testing::on_each_target([] {
    check_product<float>(kSimd, 201, 130, 600, false, true, 0.5F);
    check_product<float>(kSimd, 201, 130, 600, true, false, 0);
    check_product<float>(kSimd, 30, 40, 1021, false, false, 1);
    // a long sum, of which threads share the parts
    check_product<float>(kSimd, 30, 40, 2101, true, false, 0);
    check_product<float>(kSimd, 30, 40, 2101, false, true, 0.5F);
  });
}

TEST_CASE("blocks of a transposed A are copied while the one before is computed", "[gemm]") {
  const int before = num_threads();
  set_num_threads(1);  // so that one thread computes several blocks one after the other
  testing::on_each_target([] {
    check_product<float>(kSimd, 250, 330, 600, true, false, 0);
    // few tiles for many lines: much of a block is left to be copied at the end
    check_product<float>(kSimd, 250, 130, 1021, true, true, 1);
  });
  set_num_threads(before);
}

TEST_CASE("a packed B serves for its first rows and columns too", "[gemm]") {
  testing::on_each_target([] {
    const int64_t m = 31, n = 70, k = 1021;  // in parts of 512 and 509 rows
    const bool transposed = GENERATE(false, true);
    RandomReader random({1, 3});
    const Stored<float> a(m, k, false, random), b(k, n, transposed, random);
    const PackedB packed(b.view(), k, n);
    for (const auto& [rows, cols] : {std::pair{k, n}, std::pair<int64_t, int64_t>{1000, 33},
                                     std::pair<int64_t, int64_t>{290, 32}}) {
      std::vector<float> c(static_cast<size_t>(m * n)), expected = c;
      gemm_simd(m, cols, rows, 0.5F, a.view(), packed, 0.0F, {c.data(), n});
      gemm_naive(m, cols, rows, 0.5F, a.view(), b.view(), 0.0F, {expected.data(), n});
      double worst = 0;
      for (size_t i = 0; i < c.size(); ++i) {
        worst = std::max(worst, std::abs(double{c[i]} - double{expected[i]}));
      }
      INFO(rows << " rows and " << cols << " columns");
      CHECK(worst <= static_cast<double>(k) / 4 * std::numeric_limits<float>::epsilon());
    }
  });
}

// On a machine without oneDNN, what is said about it is tested instead.
TEST_CASE("oneDNN computes alpha·A·B + beta·C where it is installed", "[gemm]") {
  const bool at = GENERATE(false, true), bt = GENERATE(false, true);
  const auto choose = [] { set_float32_matmul_library(MatmulLibrary::onednn); };
  if (onednn().sgemm == nullptr) {
    CHECK_THROWS_WITH(choose(), ContainsSubstring("not installed") && ContainsSubstring("libdnnl"));
    CHECK_THROWS_AS(check_product<float>(kOneDnn, 1, 1, 1, at, bt, 0), Error);
    return;
  }
  check_shapes<float>(kOneDnn, at, bt);
}

TEST_CASE("products of float32 come from the library that is chosen", "[gemm]") {
  struct Restore {
    int threads = num_threads();
    ~Restore() {
      set_float32_matmul_library(MatmulLibrary::builtin);
      set_num_threads(threads);
    }
  } restore;
  set_num_threads(1);  // where OpenMP has run in another thread, GCC 12's leak checker may crash
  const int64_t m = 600, n = 70, k = 1100;
  RandomReader random({1, 4});
  const Stored<float> a(m, k, false, random), b(k, n, true, random);
  std::vector<float> bias(n, 0.5F);
  const auto product = [&](const float* with) {
    std::vector<float> c(m * n);
    gemm(m, n, k, 1.0F, a.view(), b.view(), 0.0F, {c.data(), n}, with);
    return c;
  };
  const std::vector<float> builtin = product(bias.data());
  std::vector<MatmulLibrary> libraries;
  if (openblas().sgemm != nullptr) libraries.push_back(MatmulLibrary::openblas);
  if (onednn().sgemm != nullptr) libraries.push_back(MatmulLibrary::onednn);
  for (const MatmulLibrary library : libraries) {
    set_float32_matmul_library(library);
    CHECK(float32_matmul_library() == library);
    const std::vector<float> c = product(bias.data());
    CHECK(c != builtin);  // they sum in another order
    double worst = 0;
    for (size_t i = 0; i < c.size(); ++i) {
      worst = std::max(worst, std::abs(double{c[i]} - double{builtin[i]}));
    }
    CHECK(worst <= static_cast<double>(k) / 4 * std::numeric_limits<float>::epsilon());
  }
}

TEST_CASE("gemm cuts large products into tiles and puts them together", "[gemm]") {
  check_product<double>(kGemm, 600, 530, 64, false, true, 0);
  check_product<double>(kGemm, 1500, 40, 200, true, false, 0);
  // by columns: all rows of B, whichever way it lies
  check_product<double>(kGemm, 40, 1500, 200, false, false, 1);
  check_product<double>(kGemm, 40, 1500, 200, false, true, 0);
}

TEMPLATE_TEST_CASE("gemm gives the same bits on any number of threads", "[gemm]", float, double) {
  const int before = num_threads();
  const int64_t m = GENERATE(515, 70), n = m == 515 ? 260 : 65, k = m == 515 ? 300 : 2100;
  RandomReader random({1, 1});
  const Stored<TestType> a(m, k, false, random), b(k, n, true, random);
  const auto product_on = [&](int threads) {
    set_num_threads(threads);
    std::vector<TestType> c(static_cast<size_t>(m * n));
    gemm(m, n, k, TestType(1), a.view(), b.view(), TestType(0), {c.data(), n});
    return c;
  };
  const std::vector<TestType> alone = product_on(1);
  for (int threads : {2, 3, 7}) CHECK(product_on(threads) == alone);
  set_num_threads(before);
}

TEMPLATE_TEST_CASE("a bias is added to every row", "[gemm]", float, double) {
  const int64_t m = 13,
                n = GENERATE(37, 130);  // less than a tile is wide; two whole ones and a rest
  RandomReader random({1, 2});
  for (const int64_t k :
       {0, 3, 1030, 2100}) {  // the latter: in parts, with the bias in one of them
    const Stored<TestType> a(m, k, false, random), b(k, n, false, random);
    std::vector<TestType> with(static_cast<size_t>(m * n)), without = with;
    std::vector<TestType> bias(static_cast<size_t>(n));
    for (TestType& x : bias) x = static_cast<TestType>(random.uniform());
    gemm(m, n, k, TestType(1), a.view(), b.view(), TestType(0), {with.data(), n}, bias.data());
    gemm(m, n, k, TestType(1), a.view(), b.view(), TestType(0), {without.data(), n});
    bool same = true;
    for (size_t i = 0; i < with.size(); ++i) {
      same &= with[i] == without[i] + bias[i % static_cast<size_t>(n)];
    }
    INFO(k);
    CHECK(same);
  }
}

TEST_CASE("empty products touch nothing", "[gemm]") {
  float c = 5;
  gemm(0, 3, 3, 1.0F, {nullptr, 3}, {nullptr, 3}, 0.0F, {&c, 3});
  gemm(3, 0, 3, 1.0F, {nullptr, 3}, {nullptr, 1}, 0.0F, {&c, 1});
  CHECK(c == 5);
}

TEST_CASE("gemm refuses extents that BLAS cannot count", "[gemm]") {
  float x = 0;
  const auto too_long = [&] {
    gemm_openblas(1, 1, 1, 1.0F, {&x, int64_t{1} << 40}, {&x, 1}, 0.0F, {&x, 1});
  };
  if (gemm_backend().name != "built in") CHECK_THROWS_AS(too_long(), ShapeError);
}
