#include "core/kernels/elementwise.hpp"

#include "core/kernels/reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

// A few roundings of numbers around 1.
constexpr double kElementwiseTolerance = 1e-6;

// Every length from 0 to six times the widest vector (16 floats), of which four are taken together, and
// one that takes several chunks.
std::vector<int64_t> lengths() {
  std::vector<int64_t> all = {40000};
  for (int64_t n = 0; n <= 97; ++n) all.push_back(n);
  return all;
}

// Holds kernel(x, y, n) against reference(x, y, n) in double, in place too, and looks whether it
// writes past the end.
template <class Kernel, class Reference>
void check_map(const Kernel& kernel, const Reference& plain) {
  on_each_target([&] {
    for (int64_t n : lengths()) {
      Array x = random_array(n, 17, 3.0);
      if (n > 4) x[1] = kNaN, x[2] = kInfinity, x[3] = -0.0F;
      Wide expected(x.size());
      plain(widen(x).data(), expected.data(), n);
      Array y(x.size() + 1, 42.0F);
      kernel(x.data(), y.data(), n);
      INFO("length " << n);
      CHECK(y.back() == 42.0F);
      y.pop_back();
      CHECK(worst_error(y, expected) <= kElementwiseTolerance);
      Array one_by_one(y.size());  // an element's result does not depend on its place
      for (size_t i = 0; i < y.size(); ++i) kernel(&x[i], &one_by_one[i], 1);
      if (n > 4) one_by_one[1] = y[1];  // but for the sign of a NaN
      CHECK(same_bits(one_by_one, y));
      kernel(x.data(), x.data(), n);
      CHECK(same_bits(x, y));
    }
  });
  CHECK(same_on_any_threads([&] {
    const Array x = random_array(100000, 18);
    Array y(x.size());
    kernel(x.data(), y.data(), 100000);
    return y;
  }));
}

}  // namespace

TEST_CASE("exp and tanh agree with the plain form", "[kernels]") {
  check_map([](auto... args) { kernels::exp(args...); },
            [](auto... args) { reference::exp(args...); });
  check_map([](auto... args) { kernels::tanh(args...); },
            [](auto... args) { reference::tanh(args...); });
}

TEST_CASE("gelu and its gradient agree with the plain form", "[kernels]") {
  for (GeluForm form : {GeluForm::erf, GeluForm::tanh}) {
    check_map([&](auto... args) { gelu(form, args...); },
              [&](auto... args) { reference::gelu(form, args...); });
    check_map(  // with x for dy as well
        [&](const float* x, float* y, int64_t n) { gelu_backward(form, x, x, y, n); },
        [&](const double* x, double* y, int64_t n) { reference::gelu_backward(form, x, x, y, n); });
  }
}

TEST_CASE("bias_gelu and its gradient agree with the plain form", "[kernels]") {
  const int64_t rows = GENERATE(0, 1, 3, 70), cols = GENERATE(1, 7, 16, 33, 512);
  const GeluForm form = GENERATE(GeluForm::erf, GeluForm::tanh);
  const Array x = random_array(rows * cols, 1), dy = random_array(rows * cols, 2);
  const Array bias = random_array(cols, 3);
  Wide y(x.size()), dx(x.size()), dbias(bias.size());
  reference::bias_gelu(form, widen(x).data(), widen(bias).data(), y.data(), rows, cols);
  reference::bias_gelu_backward(form, widen(x).data(), widen(bias).data(), widen(dy).data(),
                                dx.data(), dbias.data(), rows, cols);
  on_each_target([&] {
    Array result(x.size());
    bias_gelu(form, x.data(), bias.data(), result.data(), rows, cols);
    CHECK(worst_error(result, y) <= kElementwiseTolerance);
    Array sums(bias.size(), kNaN);
    bias_gelu_backward(form, x.data(), bias.data(), dy.data(), result.data(), sums.data(), rows,
                       cols);
    CHECK(worst_error(result, dx) <= kElementwiseTolerance);
    CHECK(worst_error(sums, dbias) <= kElementwiseTolerance * static_cast<double>(rows + 1));
  });
}

TEST_CASE("column_sum agrees with the plain form", "[kernels]") {
  const int64_t rows = GENERATE(0, 1, 5, 300), cols = GENERATE(1, 3, 16, 35, 256);
  const Array x = random_array(rows * cols, 1);
  Wide sums(static_cast<size_t>(cols));
  reference::column_sum(widen(x).data(), sums.data(), rows, cols);
  on_each_target([&] {
    Array result(sums.size(), kNaN);
    column_sum(x.data(), result.data(), rows, cols);
    // `rows` roundings of partial sums of deviation √rows
    CHECK(worst_error(result, sums) <= 6e-8 * static_cast<double>(rows + 1) * 4);
  });
}

TEST_CASE("column_sum gives the same bits on any number of threads", "[kernels]") {
  CHECK(same_on_any_threads([] {
    const Array x = random_array(1000 * 100, 4);
    Array y(100);
    column_sum(x.data(), y.data(), 1000, 100);
    return y;
  }));
}
