// oneDNN, loaded when a product first asks for it. Only its product of matrices of float32 is used.
#pragma once

#include <cstdint>
#include <string>

namespace gradus::kernels {

// C = alpha·A·B + beta·C for row-major matrices, each 'N' or 'T' (transposed); 0 if all went well
// (dnnl_sgemm, whose binary interface this is).
using OneDnnGemm = int (*)(char transpose_a, char transpose_b, int64_t m, int64_t n, int64_t k,
                           float alpha, const float* a, int64_t lda, const float* b, int64_t ldb,
                           float beta, float* c, int64_t ldc);

struct OneDnn {
  OneDnnGemm sgemm = nullptr;  // null where the library is missing
  std::string version;         // "oneDNN 2.6.3"
};

// The library, loaded once. It starts no threads of its own, unless OpenMP was loaded before by
// another part of the process. Thread-safe.
const OneDnn& onednn();

}  // namespace gradus::kernels
