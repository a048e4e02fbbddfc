#include "core/kernels/elementwise.hpp"
#include "core/kernels/reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

// A stream whose every word has bits set.
constexpr RandomStream kStream{.seed = 0x123456789ABCDEF0, .stream = 0xFEDCBA9876543210};

}  // namespace

TEST_CASE("dropout draws the bits that its definition names", "[kernels]") {
  on_each_target([] {
    for (double p : {0.0, 0.1, 0.5, 0.999}) {
      const Dropout drop{.p = p, .stream = kStream};
      for (int64_t n : {0, 1, 7, 8, 9, 31, 512, 513, 1000, 40000}) {
        const Array x = random_array(n, 1);
        Array y(x.size()), expected(x.size());
        dropout(drop, x.data(), y.data(), n);
        reference::dropout(drop, x.data(), expected.data(), n);
        INFO("p " << p << ", " << n << " elements");
        CHECK(same_bits(y, expected));
      }
    }
  });
}

TEST_CASE("a part of a dropout equals that part of the whole", "[kernels]") {
  on_each_target([] {
    const Dropout drop{.p = 0.3, .stream = kStream};
    // across a carry into the upper word of the block's index as well
    for (int64_t base : {int64_t{0}, (int64_t{1} << 35) - 128}) {
      for (int64_t offset = 0; offset < 20; ++offset) {
        const Array x = random_array(700, 2);
        Array y(x.size()), expected(x.size());
        dropout_part(drop, base + offset, x.data(), y.data(), 700);
        reference::dropout(drop, x.data(), expected.data(), 700, base + offset);
        INFO("first " << base + offset);
        CHECK(same_bits(y, expected));
      }
    }
  });
}

TEST_CASE("dropout drops a share p and keeps the mean", "[kernels]") {
  constexpr int64_t n = 100000;
  const Array ones(n, 1.0F);
  Array y(n);
  for (double p : {0.1, 0.5}) {
    dropout({.p = p, .stream = kStream}, ones.data(), y.data(), n);
    double dropped = 0, sum = 0;
    for (float value : y) {
      dropped += value == 0.0F;
      sum += value;
    }
    // Five deviations of a binomial share, at most 0.5/√n.
    CHECK(std::abs(dropped / n - p) < 2.5 / std::sqrt(n));
    CHECK(std::abs(sum / n - 1) < 5 * std::sqrt(p / (1 - p) / n));
  }
}

TEST_CASE("dropout gives the same bits on any number of threads", "[kernels]") {
  CHECK(same_on_any_threads([] {
    const Array x = random_array(100000, 3);
    Array y(x.size());
    dropout({.p = 0.1, .stream = kStream}, x.data(), y.data(), 100000);
    return y;
  }));
}
