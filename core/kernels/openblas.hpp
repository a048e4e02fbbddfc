// OpenBLAS, loaded when the first product asks for it, with the kernel set that suits this CPU.
#pragma once

#include <string>

namespace gradus::kernels {

// Values of CBLAS' enumerations (cblas.h), which are its binary interface.
enum CblasOrder : int { kRowMajor = 101 };
enum CblasTranspose : int { kNoTranspose = 111, kTranspose = 112 };

template <class T>
using CblasGemm = void (*)(CblasOrder, CblasTranspose, CblasTranspose, int m, int n, int k, T alpha,
                           const T* a, int lda, const T* b, int ldb, T beta, T* c, int ldc);

struct OpenBlas {
  CblasGemm<float> sgemm = nullptr;  // null where the library is missing
  CblasGemm<double> dgemm = nullptr;
  std::string version;     // "OpenBLAS 0.3.21"
  std::string kernel_set;  // "SkylakeX"
};

// The library, loaded once; it starts no threads of its own. Thread-safe.
const OpenBlas& openblas();

}  // namespace gradus::kernels
