#include "core/kernels/openblas.hpp"

#include <cstdlib>
#include <optional>
#include <sstream>

#if !defined(__EMSCRIPTEN__) && !defined(_WIN32)
#define GRADUS_HAVE_DLOPEN 1
#include <dlfcn.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#endif

namespace gradus::kernels {

#ifndef GRADUS_HAVE_DLOPEN

const OpenBlas& openblas() {
  static const OpenBlas missing;
  return missing;
}

#else

namespace {

// Sets an environment variable while it lives, unless the user has set it.
class ScopedDefault {
 public:
  ScopedDefault(const char* name, const char* value) : name_(name) {
    if (std::getenv(name) != nullptr || value == nullptr) return;
    set_ = ::setenv(name, value, 1) == 0;
  }
  ~ScopedDefault() {
    if (set_) ::unsetenv(name_);
  }
  ScopedDefault(const ScopedDefault&) = delete;
  ScopedDefault& operator=(const ScopedDefault&) = delete;

 private:
  const char* name_;
  bool set_ = false;
};

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

template <class Function>
Function symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(::dlsym(library, name));
}

// "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." → "OpenBLAS 0.3.21"
std::string first_two_words(const std::string& text) {
  std::istringstream words(text);
  std::string name, version;
  words >> name >> version;
  return name + " " + version;
}

OpenBlas load() {
  OpenBlas blas;
  void* library = nullptr;
  {
    const ScopedDefault kernel_set("OPENBLAS_CORETYPE", best_kernel_set());
    const ScopedDefault threads("OPENBLAS_NUM_THREADS", "1");
    for (const char* name : {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"}) {
      library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
      if (library != nullptr) break;
    }
  }
  if (library == nullptr) return blas;
  blas.sgemm = symbol<CblasGemm<float>>(library, "cblas_sgemm");
  blas.dgemm = symbol<CblasGemm<double>>(library, "cblas_dgemm");
  if (blas.sgemm == nullptr || blas.dgemm == nullptr) return OpenBlas{};

  using Text = char* (*)();
  const auto config = symbol<Text>(library, "openblas_get_config");
  const auto core_name = symbol<Text>(library, "openblas_get_corename");
  blas.version = config != nullptr ? first_two_words(config()) : "OpenBLAS";
  blas.kernel_set = core_name != nullptr ? core_name() : "unknown";
  return blas;
}

}  // namespace

const OpenBlas& openblas() {
  static const OpenBlas blas = load();
  return blas;
}

#endif

}  // namespace gradus::kernels
