#include "core/kernels/openblas.hpp"

#include <sstream>

#include "core/kernels/shared_library.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gradus::kernels {
namespace {

#if defined(__x86_64__)
// Whether 512-bit registers are computed on by halves, as AMD's Zen 4 does: the leaf "performance
// optimization identifiers" then tells of 256-bit paths (bit 2) and of no 512-bit ones (bit 3).
// CPUs without that leaf (Intel) have full-width units.
bool computes_by_halves() {
  constexpr unsigned kPerformanceLeaf = 0x8000001A;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(kPerformanceLeaf, &eax, &ebx, &ecx, &edx) == 0) return false;
  return (eax & 0b1100) == 0b0100;
}
#endif

// OpenBLAS goes by a list of model numbers and takes old kernels for a CPU that it does not know,
// so the kernel set is chosen by what the CPU can do. Null leaves the choice to OpenBLAS.
const char* best_kernel_set() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd");
  if (avx512 && !computes_by_halves()) return "SKYLAKEX";
  if (avx2) return "HASWELL";
#endif
  return nullptr;
}

// "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." → "OpenBLAS 0.3.21"
std::string first_two_words(const std::string& text) {
  std::istringstream words(text);
  std::string name, version;
  words >> name >> version;
  return name + " " + version;
}

OpenBlas load() {
  const ScopedDefault kernel_set("OPENBLAS_CORETYPE", best_kernel_set());
  const ScopedDefault threads("OPENBLAS_NUM_THREADS", "1");
  const SharedLibrary library({"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"});
  OpenBlas blas;
  blas.sgemm = library.symbol<CblasGemm<float>>("cblas_sgemm");
  blas.dgemm = library.symbol<CblasGemm<double>>("cblas_dgemm");
  if (blas.sgemm == nullptr || blas.dgemm == nullptr) return OpenBlas{};

  using Text = char* (*)();
  const auto config = library.symbol<Text>("openblas_get_config");
  const auto core_name = library.symbol<Text>("openblas_get_corename");
  blas.version = config != nullptr ? first_two_words(config()) : "OpenBLAS";
  blas.kernel_set = core_name != nullptr ? core_name() : "unknown";
  return blas;
}

}  // namespace

const OpenBlas& openblas() {
  static const OpenBlas blas = load();
  return blas;
}

}  // namespace gradus::kernels
