#include "core/kernels/openblas.hpp"

#include <cstdlib>
#include <optional>
#include <sstream>

#if !defined(__EMSCRIPTEN__) && !defined(_WIN32)
#define GRADUS_HAVE_DLOPEN 1
#include <dlfcn.h>
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

// OpenBLAS goes by a list of model numbers and takes old kernels for a CPU that it does not know,
// so the kernel set is chosen by what the CPU can do. Null leaves the choice to OpenBLAS.
const char* best_kernel_set() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd")) {
    return "SKYLAKEX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "HASWELL";
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
