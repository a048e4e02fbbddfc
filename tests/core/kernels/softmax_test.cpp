#include <algorithm>

#include "core/kernels/normalization.hpp"
#include "core/kernels/reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

// A few roundings of numbers up to some 10.
constexpr double kSoftmaxTolerance = 2e-6;

const std::vector<int64_t> kColumns = {1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 100, 1000};

// Holds kernel(x, dy, y, rows, cols) against the plain form in double.
template <class Kernel, class Reference>
void check_rows(const Kernel& kernel, const Reference& plain) {
  on_each_target([&] {
    for (int64_t cols : kColumns) {
      for (int64_t rows : {0, 1, 3}) {
        const Array x = random_array(rows * cols, 1, 2.0), dy = random_array(rows * cols, 2);
        Wide expected(x.size());
        plain(widen(x).data(), widen(dy).data(), expected.data(), rows, cols);
        Array y(x.size() + 1, 42.0F);
        kernel(x.data(), dy.data(), y.data(), rows, cols);
        INFO(rows << " x " << cols);
        CHECK(y.back() == 42.0F);
        y.pop_back();
        CHECK(worst_error(y, expected) <= kSoftmaxTolerance);
      }
    }
  });
  CHECK(same_on_any_threads([&] {
    const Array x = random_array(500 * 130, 3), dy = random_array(500 * 130, 4);
    Array y(x.size());
    kernel(x.data(), dy.data(), y.data(), 500, 130);
    return y;
  }));
}

// Of one row; in place, where the shift is known beforehand, it is the same to the bit.
Array softmax_of(Array x) {
  Array y(x.size());
  softmax(x.data(), y.data(), 1, static_cast<int64_t>(x.size()));
  softmax(x.data(), x.data(), 1, static_cast<int64_t>(x.size()));
  const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  CHECK(std::equal(x.begin(), x.end(), y.begin(), same));
  return y;
}

bool all_nan(const Array& x) {
  return std::all_of(x.begin(), x.end(), [](float value) { return std::isnan(value); });
}

}  // namespace

TEST_CASE("softmax and log_softmax agree with the plain form", "[kernels]") {
  check_rows([](const float* x, const float*, float* y, int64_t rows,
                int64_t cols) { softmax(x, y, rows, cols); },
             [](const double* x, const double*, double* y, int64_t rows, int64_t cols) {
               reference::softmax(x, y, rows, cols);
             });
  check_rows([](const float* x, const float*, float* y, int64_t rows,
                int64_t cols) { log_softmax(x, y, rows, cols); },
             [](const double* x, const double*, double* y, int64_t rows, int64_t cols) {
               reference::log_softmax(x, y, rows, cols);
             });
}

TEST_CASE("the gradients of softmax and log_softmax agree with the plain form", "[kernels]") {
  check_rows([](auto... args) { softmax_backward(args...); },
             [](auto... args) { reference::softmax_backward(args...); });
  // at the outputs that log_softmax gives: exp of other numbers would swamp the tolerance
  check_rows(
      [](const float* x, const float* dy, float* dx, int64_t rows, int64_t cols) {
        Array y(static_cast<size_t>(rows * cols));
        log_softmax(x, y.data(), rows, cols);
        log_softmax_backward(y.data(), dy, dx, rows, cols);
      },
      [](const double* x, const double* dy, double* dx, int64_t rows, int64_t cols) {
        Wide y(static_cast<size_t>(rows * cols));
        reference::log_softmax(x, y.data(), rows, cols);
        reference::log_softmax_backward(y.data(), dy, dx, rows, cols);
      });
}

TEST_CASE("softmax of extreme rows", "[kernels]") {
  on_each_target([] {
    for (size_t cols : {3U, 16U, 37U}) {
      INFO(cols << " columns");
      Array x(cols, 1e30F);  // large, but equal
      CHECK(worst_error(softmax_of(x), Wide(cols, 1.0 / static_cast<double>(cols))) < 1e-7);

      x.assign(cols, -kInfinity);
      CHECK(all_nan(softmax_of(x)));
      x[1] = 5;  // all but one masked
      Wide one_hot(cols);
      one_hot[1] = 1;
      CHECK(worst_error(softmax_of(x), one_hot) == 0);

      x = random_array(static_cast<int64_t>(cols), 1);
      for (size_t at : {size_t{0}, cols / 2, cols - 1}) {
        Array poisoned = x;
        poisoned[at] = kNaN;
        CHECK(all_nan(softmax_of(poisoned)));
        poisoned[at] = kInfinity;
        CHECK(all_nan(softmax_of(poisoned)));
      }
    }
  });
}

TEST_CASE("softmax of rows whose exponentials are too large or too small", "[kernels]") {
  on_each_target([] {
    const int64_t cols = 37;
    for (float shift :
         {-300.0F, -100.0F, -86.0F, -8.0F, 8.0F, 60.0F, 84.0F, 88.2F, 100.0F, 300.0F}) {
      INFO("around " << shift);
      Array x = random_array(cols, 1, 2.0);
      for (float& value : x) value += shift;
      Wide expected(x.size());
      reference::softmax(widen(x).data(), expected.data(), 1, cols);
      CHECK(worst_error(softmax_of(x), expected) <= kSoftmaxTolerance);
    }
    Array x(cols);
    for (float large : {89.0F, 178.0F, 355.0F, 710.0F, 1e5F}) {  // 355 = 512·ln 2: n has ten bits
      INFO(large << " and zeros");
      x[1] = large;
      Wide one_hot(x.size());
      one_hot[1] = 1;
      CHECK(worst_error(softmax_of(x), one_hot) <= kSoftmaxTolerance);
    }
  });
}
