// The product by our own hands: packed, blocked, and with Highway (Goto and van de Geijn 2008). It
// serves where it beats the library (gemm.cpp), and everywhere when there is none.
#pragma once

#include "core/kernels/gemm.hpp"

namespace gradus::kernels {

// As gemm(): in parallel; inside a chunk of parallel_for it stays in its thread. The result does not
// depend on the number of threads.
void gemm_simd(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               Matrix<const float> b, float beta, Matrix<float> c, const float* bias = nullptr);

}  // namespace gradus::kernels
