#include "core/kernels/optimizer.hpp"

#include "core/kernels/optimizer_reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

constexpr AdamStep kStep{.lr = 0.01,
                         .beta1 = 0.9,
                         .beta2 = 0.999,
                         .eps = 1e-6,
                         .weight_decay = 0.1,
                         .correction1 = 0.19,
                         .correction2 = 0.002,
                         .grad_scale = 0.5};

Array squares(int64_t n, uint64_t seed) {
  Array v = random_array(n, seed);
  for (float& value : v) value *= value;
  return v;
}

}  // namespace

TEST_CASE("the Adam step follows its definition", "[kernels]") {
  // One element by hand, in double.
  double p = 2, g = 3, m = 0.5, v = 0.25;
  adam_step(kStep, &p, &g, &m, &v, 1);
  const double m_new = 0.9 * 0.5 + 0.1 * 1.5, v_new = 0.999 * 0.25 + 0.001 * 2.25;
  CHECK(m == Approx(m_new));
  CHECK(v == Approx(v_new));
  CHECK(p == Approx(2 * (1 - 0.001) - 0.01 / 0.19 * m_new / (std::sqrt(v_new / 0.002) + 1e-6)));
}

TEST_CASE("the Adam step agrees with the plain form", "[kernels]") {
  on_each_target([] {
    for (int64_t n : {0, 1, 5, 16, 33, 40000}) {
      Array p = random_array(n, 1), m = random_array(n, 3), v = squares(n, 4);
      const Array g = random_array(n, 2);
      Wide expected_p = widen(p), expected_m = widen(m), expected_v = widen(v);
      reference::adam_step(kStep, expected_p.data(), widen(g).data(), expected_m.data(),
                           expected_v.data(), n);
      adam_step(kStep, p.data(), g.data(), m.data(), v.data(), n);
      INFO(n << " elements");
      // A few roundings; updates are below 1.
      CHECK(worst_error(p, expected_p) <= 1e-6);
      CHECK(worst_error(m, expected_m) <= 1e-6);
      CHECK(worst_error(v, expected_v) <= 1e-6);
    }
  });
}

TEST_CASE("a NaN gradient reaches the parameter", "[kernels]") {
  on_each_target([] {
    Array p(20, 1.0F), g(20, 1.0F), m(20), v(20);
    g[3] = g[18] = kNaN;
    adam_step(kStep, p.data(), g.data(), m.data(), v.data(), 20);
    CHECK(std::isnan(p[3]));
    CHECK(std::isnan(p[18]));
    CHECK_FALSE(std::isnan(p[4]));
  });
}

TEST_CASE("sum_of_squares is exact to double and independent of threads", "[kernels]") {
  for (int64_t n : {0, 1, 3, 16, 33, 100000}) {
    const Array x = random_array(n, 5, 1e10);  // squares of 10²⁰ would lose all digits in float
    const double expected = reference::sum_of_squares(widen(x).data(), n);
    on_each_target([&] { CHECK(sum_of_squares(x.data(), n) == Approx(expected).epsilon(1e-12)); });
  }
  CHECK(same_on_any_threads([] {
    const Array x = random_array(100000, 6);
    return Array{static_cast<float>(sum_of_squares(x.data(), 100000))};
  }));
}
