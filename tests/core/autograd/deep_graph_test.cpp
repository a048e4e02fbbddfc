// A chain of a million operations: forward, backward and freeing use no recursion, and little memory.
#include <sys/resource.h>

#include "core/tensor/allocator.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// The most memory that the process has had so far, in bytes; Linux counts it in kilobytes.
int64_t peak_of_process() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace

TEST_CASE("a chain of a million operations that save tensors stays within 1 GB", "[slow]") {
  constexpr int kOperations = 1'000'000;
  constexpr int64_t kGigabyte = 1'000'000'000;
  const Tensor x = scalar(0.5, DType::float64).requires_grad_();
  const Tensor shrink = scalar(0.999, DType::float64), shift = scalar(0.25, DType::float64);
  const int64_t process = peak_of_process();
  const size_t tensors = memory_stats().current;

  double value = 0.5, slope = 1;  // y and dy/dx, by the chain rule on the way up
  {
    Tensor y = x;
    for (int i = 0; i < kOperations / 4; ++i) {
      y = tanh(y * shrink + x) - shift;
      const double t = std::tanh(value * 0.999 + 0.5);
      slope = (1 - t * t) * (slope * 0.999 + 1);
      value = t - 0.25;
    }
    CHECK(y.item<double>() == Approx(value));
    y.backward();
  }
  CHECK(x.grad().item<double>() == Approx(slope));
  Tensor(x).set_grad({});
  CHECK(memory_stats().current == tensors);  // all is freed
  CHECK(peak_of_process() - process < kGigabyte);
}
