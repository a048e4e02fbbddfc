#include "core/kernels/normalization.hpp"
#include "core/kernels/reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

constexpr int64_t kIgnored = -100;
// A few roundings of log-sums around 10.
constexpr double kCrossEntropyTolerance = 2e-6;

std::vector<int64_t> random_targets(int64_t rows, int64_t cols) {
  RandomReader random({9, 9});
  std::vector<int64_t> targets;
  for (int64_t i = 0; i < rows; ++i) {
    const auto target = static_cast<int64_t>(random.below(static_cast<uint64_t>(cols)));
    targets.push_back(i % 3 == 1 ? kIgnored : target);
  }
  return targets;
}

}  // namespace

TEST_CASE("cross_entropy and its gradient agree with the plain form", "[kernels]") {
  const int64_t rows = GENERATE(0, 1, 5), cols = GENERATE(1, 2, 16, 33, 1000);
  const Array x = random_array(rows * cols, 1, 3.0), dloss = random_array(rows, 2);
  const auto targets = random_targets(rows, cols);
  Wide loss(dloss.size()), logsumexp(dloss.size()), dx(x.size());
  reference::cross_entropy(widen(x).data(), targets.data(), kIgnored, loss.data(), logsumexp.data(),
                           rows, cols);
  reference::cross_entropy_backward(widen(x).data(), targets.data(), kIgnored, logsumexp.data(),
                                    widen(dloss).data(), dx.data(), rows, cols);
  on_each_target([&] {
    Array y(dloss.size()), sums(dloss.size()), gradient(x.size());
    cross_entropy(x.data(), targets.data(), kIgnored, y.data(), sums.data(), rows, cols);
    CHECK(worst_error(y, loss) <= kCrossEntropyTolerance);
    CHECK(worst_error(sums, logsumexp) <= kCrossEntropyTolerance);
    cross_entropy_backward(x.data(), targets.data(), kIgnored, sums.data(), dloss.data(),
                           gradient.data(), rows, cols);
    CHECK(worst_error(gradient, dx) <= kCrossEntropyTolerance);
  });
}

TEST_CASE("a loss close to 0 keeps its digits", "[kernels]") {
  // logsumexp = 100 + e⁻²⁰ rounds to 100, but the loss is e⁻²⁰ and the other way round 20.
  const Array x = {100.0F, 100.0F - 10.0F};
  const int64_t target = 0;
  float loss = 0, logsumexp = 0;
  cross_entropy(x.data(), &target, kIgnored, &loss, &logsumexp, 1, 2);
  CHECK(loss == Approx(std::log1p(std::exp(-10.0))).epsilon(2e-3));  // 1 + e⁻¹⁰ in float
  CHECK(logsumexp == Approx(100.0));
}

TEST_CASE("a NaN logit gives a NaN loss", "[kernels]") {
  on_each_target([] {
    Array x = random_array(37, 1);
    x[20] = kNaN;
    const int64_t target = 0;
    float loss = 0, logsumexp = 0;
    cross_entropy(x.data(), &target, kIgnored, &loss, &logsumexp, 1, 37);
    CHECK(std::isnan(loss));
  });
}

TEST_CASE("cross_entropy gives the same bits on any number of threads", "[kernels]") {
  CHECK(same_on_any_threads([] {
    const Array x = random_array(200 * 300, 1), dloss = random_array(200, 2);
    const auto targets = random_targets(200, 300);
    Array loss(200), logsumexp(200), dx(x.size());
    cross_entropy(x.data(), targets.data(), kIgnored, loss.data(), logsumexp.data(), 200, 300);
    cross_entropy_backward(x.data(), targets.data(), kIgnored, logsumexp.data(), dloss.data(),
                           dx.data(), 200, 300);
    dx.insert(dx.end(), loss.begin(), loss.end());
    return dx;
  }));
}
