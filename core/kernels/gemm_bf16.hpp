// The product with factors rounded to bfloat16 (the upper half of a float32: 8 bits of precision, the
// same range) and sums in float32, on CPUs that multiply such pairs: by AMX, whose tiles multiply
// [16, 32]·[32, 16] in one instruction, or by AVX-512-BF16.
#pragma once

#include <string>

#include "core/kernels/gemm.hpp"

namespace gradus::kernels {

// What this CPU and its system offer: "AMX", "AVX-512-BF16", or "" for neither.
std::string bf16_unit();
// Throws Error where it is neither.
void require_bf16_unit();

// How many multiply-adds of bfloat16 the unit does in the time of one of float32, measured in the
// calling thread for 10 milliseconds: about 10 with AMX, but below 1 with AVX-512-BF16 where a core
// has a slower unit for it than for float32. Throws Error without a bf16_unit().
double bf16_speed();

// As gemm(), with A·alpha and B rounded to bfloat16, ties to even. Throws Error without a bf16_unit().
void gemm_bf16(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               Matrix<const float> b, float beta, Matrix<float> c, const float* bias = nullptr);

// The same by vectors alone, where a CPU has tiles as well: for the test that compares the two.
void gemm_bf16_by_vectors(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                          Matrix<const float> b, float beta, Matrix<float> c,
                          const float* bias = nullptr);

// x rounded to bfloat16; a NaN stays one.
float round_to_bf16(float x);

}  // namespace gradus::kernels
