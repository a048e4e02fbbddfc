#include "core/kernels/cpu.hpp"

#include "core/kernels/parallel.hpp"
#include "tests/catch.hpp"

using namespace gradus;

TEST_CASE("the CPU has a name, an instruction set and a speed") {
  CHECK_FALSE(kernels::cpu_name().empty());
  CHECK_FALSE(kernels::simd_target().empty());
  const int before = num_threads();
  CHECK(kernels::measure_peak_gflops(2, 0.01) > 0);
  CHECK(num_threads() == before);
}
