// The scores of attention between its products: SIMD against the plain form, with every mask.
#include "core/kernels/attention_rows.hpp"

#include "core/kernels/attention_reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

// exp within 1.2 ULP of scores that are rounded once, at most 8 in size; sums of positive numbers.
constexpr double kRowsTolerance = 4e-6;

// Rows [3, 3 + count) of scores [.., cols] of a head, of which the key that mask(j) names is masked.
struct RowsExample {
  ScoreRows<float> rows;
  Array bias;

  RowsExample(int64_t count, int64_t cols, bool causal, bool masked, double p) {
    if (masked) {
      bias = random_array(cols, 9);
      for (int64_t j = 1; j < cols; j += 3) bias[static_cast<size_t>(j)] = -kInfinity;
    }
    rows = {.scores = {.scale = 0.125,
                       .key_bias = masked ? bias.data() : nullptr,
                       .causal = causal,
                       .drop = {.p = p, .stream = {3, 4}}},
            .count = count,
            .cols = cols,
            .query = 3,
            .number = 5,
            .seq_k = cols + 2};
  }
  // The same for the plain form, whose bias it keeps in `wide`.
  ScoreRows<double> plain(Wide& wide) const {
    wide = widen(bias);
    return {.scores = {.scale = rows.scores.scale,
                       .key_bias = bias.empty() ? nullptr : wide.data(),
                       .causal = rows.scores.causal,
                       .drop = rows.scores.drop},
            .count = rows.count,
            .cols = rows.cols,
            .query = rows.query,
            .number = rows.number,
            .seq_k = rows.seq_k};
  }
};

void check(const RowsExample& e) {
  Wide bias;
  const ScoreRows<double> plain = e.plain(bias);
  const auto count = static_cast<size_t>(e.rows.count);
  const int64_t size = e.rows.count * e.rows.cols;
  const Array scores = random_array(size, 1, 8.0);

  Array s = scores, log_sums(count), factors(count);
  Wide wide_s = widen(scores), wide_log_sums(count), wide_factors(count);
  exp_scores(e.rows, s.data(), log_sums.data(), factors.data());
  reference::exp_scores(plain, wide_s.data(), wide_log_sums.data(), wide_factors.data());
  CHECK(worst_error(s, wide_s) <= kRowsTolerance);
  CHECK(worst_error(log_sums, wide_log_sums) <= kRowsTolerance);
  CHECK(worst_error(factors, wide_factors) <= kRowsTolerance);

  s = scores;
  Array dp = random_array(size, 2);
  const Array dots = random_array(e.rows.count, 3);
  wide_s = widen(scores);
  Wide wide_dp = widen(dp);
  exp_scores_backward(e.rows, log_sums.data(), dots.data(), s.data(), dp.data());
  reference::exp_scores_backward(plain, wide_log_sums.data(), widen(dots).data(), wide_s.data(),
                                 wide_dp.data());
  CHECK(worst_error(s, wide_s) <= kRowsTolerance);
  CHECK(worst_error(dp, wide_dp) <= kRowsTolerance);
}

}  // namespace

TEST_CASE("the scores of attention agree with the plain form, forward and backward", "[kernels]") {
  const bool causal = GENERATE(false, true), masked = GENERATE(false, true);
  const double p = GENERATE(0.0, 0.25);
  on_each_target([&] {
    for (int64_t cols : {1, 3, 8, 15, 16, 17, 31, 33, 40, 530, 1100}) {
      INFO(cols << " columns, causal " << causal << ", masked " << masked << ", dropout " << p);
      check(RowsExample(11, cols, causal, masked, p));
    }
  });
}

TEST_CASE("a row of scores that is masked whole gives 0 and passes no gradient", "[kernels]") {
  on_each_target([] {
    RowsExample e(2, 20, false, true, 0);
    e.bias.assign(e.bias.size(), -kInfinity);
    Array s = random_array(40, 1), dp = random_array(40, 2), log_sums(2), factors(2);
    const Array scores = s, dots(2, 1.0F);
    exp_scores(e.rows, s.data(), log_sums.data(), factors.data());
    CHECK(s == Array(40, 0.0F));
    CHECK(log_sums == Array(2, kInfinity));
    CHECK(factors == Array(2, 0.0F));
    s = scores;
    exp_scores_backward(e.rows, log_sums.data(), dots.data(), s.data(), dp.data());
    CHECK(s == Array(40, 0.0F));
    CHECK(worst_error(dp, Wide(40)) == 0);
  });
}

TEST_CASE("scores of any size have a log of their sum, and a NaN shows", "[kernels]") {
  on_each_target([] {
    for (float shift : {-3e4F, -700.0F, 0.0F, 700.0F, 3e4F}) {
      INFO("around " << shift);
      RowsExample e(1, 21, false, false, 0);
      Array s = random_array(21, 1);
      for (float& x : s) x += shift;
      Wide plain_bias, expected = widen(s), log_sum(1), factor(1);
      reference::exp_scores(e.plain(plain_bias), expected.data(), log_sum.data(), factor.data());
      Array log_sums(1), factors(1);
      exp_scores(e.rows, s.data(), log_sums.data(), factors.data());
      // scores around 3e4 are 4e-3 apart, and what they round off is in the expectation too
      CHECK(worst_error(log_sums, log_sum) <= kRowsTolerance);
      CHECK(worst_error(factors, factor) <= 0.125 * 0x1p-23 * std::abs(shift) + kRowsTolerance);
    }
    RowsExample e(1, 21, false, true, 0);
    Array s = random_array(21, 1), log_sums(1), factors(1);
    s[1] = kNaN;  // even at a key that is masked
    exp_scores(e.rows, s.data(), log_sums.data(), factors.data());
    CHECK(std::isnan(s[1]));
    CHECK(std::isnan(log_sums[0]));
    CHECK(std::isnan(factors[0]));
  });
}

TEST_CASE("row_dots sums the products of two matrices by rows", "[kernels]") {
  on_each_target([] {
    for (int64_t cols : {1, 4, 16, 33, 64}) {
      const int64_t rows = 3, stride = cols + 5;
      const Array a = random_array(rows * stride, 1), b = random_array(rows * cols, 2);
      Array dots(3);
      row_dots({a.data(), stride}, {b.data(), cols}, rows, cols, dots.data());
      const Wide wide_a = widen(a), wide_b = widen(b);
      const Wide expected = table(rows, 1, [&](int64_t i, int64_t) {
        return dot(wide_a.data() + i * stride, wide_b.data() + i * cols, cols);
      });
      CHECK(worst_error(dots, expected) <= 1e-5);  // of at most 64 products, each rounded
    }
  });
}
