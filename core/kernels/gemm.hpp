// Matrix products. Matrices are row-major. Single precision is computed by our own SIMD kernel
// (gemm_simd.hpp), which at the shapes of a Transformer is faster than OpenBLAS and about as fast as
// oneDNN (docs/products.md), unless one of these is chosen below; double precision by OpenBLAS,
// loaded at first use with the kernel set that suits the CPU, or without it by plain loops.
#pragma once

#include <cstdint>
#include <string>

namespace gradus::kernels {

// One operand as it lies in memory: row i, column j at data[i*stride + j], or, when transposed, at
// data[j*stride + i]. `stride` is the distance between two stored rows, in elements.
template <class T>
struct Matrix {
  T* data;
  int64_t stride;
  bool transposed = false;
};

// C = alpha·A·B + beta·C + bias;   A [m, k], B [k, n], C [m, n] (never transposed), bias [n] for every
// row, or null. With beta == 0, C need not be initialised. Parts of C are computed in parallel; inside
// a chunk of parallel_for all stays in its thread. The result does not depend on threads.
void gemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
          Matrix<const float> b, float beta, Matrix<float> c, const float* bias = nullptr);
// Throws ShapeError when an extent or a stride does not fit the 32 bits that BLAS counts with.
void gemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<const double> a,
          Matrix<const double> b, double beta, Matrix<double> c, const double* bias = nullptr);

// How products of float32 are computed in this process, as by torch.set_float32_matmul_precision:
// `highest` in float32, as it is at first; `medium` with factors rounded to bfloat16 and sums in
// float32 (gemm_bf16.hpp). Throws Error for `medium` where the CPU does not multiply bfloat16.
enum class MatmulPrecision { highest, medium };
void set_float32_matmul_precision(MatmulPrecision precision);
MatmulPrecision float32_matmul_precision();

// What computes products of float32 in this process: `builtin` at first. Of a library's product, each
// thread computes some tiles of C. Throws Error for a library that is not installed. Products with
// factors of bfloat16 are always built in.
enum class MatmulLibrary { builtin, openblas, onednn };
void set_float32_matmul_library(MatmulLibrary library);
MatmulLibrary float32_matmul_library();

// OpenBLAS' product, in the calling thread alone; plain loops where it is not installed.
void gemm_openblas(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                   Matrix<const float> b, float beta, Matrix<float> c);
void gemm_openblas(int64_t m, int64_t n, int64_t k, double alpha, Matrix<const double> a,
                   Matrix<const double> b, double beta, Matrix<double> c);

// oneDNN's product, in the calling thread alone. Throws Error where it is not installed.
void gemm_onednn(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                 Matrix<const float> b, float beta, Matrix<float> c);

// The library that is there, for `gradus info`: its name with its version and the kernel set that it
// says it uses ("OpenBLAS 0.3.21", "SkylakeX"), or "built in", "plain".
struct GemmBackend {
  std::string name;
  std::string kernel_set;
};
GemmBackend gemm_backend();

}  // namespace gradus::kernels
