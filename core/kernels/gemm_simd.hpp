// The product by our own hands: packed, blocked, and with Highway (Goto and van de Geijn 2008). It
// serves where it beats the library (gemm.cpp), and everywhere when there is none.
#pragma once

#include "core/kernels/gemm.hpp"
#include "core/kernels/scratch.hpp"

namespace gradus::kernels {

// As gemm(): in parallel; inside a chunk of parallel_for it stays in its thread. The result does not
// depend on the number of threads.
void gemm_simd(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               Matrix<const float> b, float beta, Matrix<float> c, const float* bias = nullptr);

// Rows of B in panels of columns (gemm_simd.cpp), where panel j begins at data[j·width·depth].
struct Panels {
  const float* data;
  int64_t depth;  // rows
};

// Rows of A, [rows, depth], that pass by all panels together (gemm_simd.cpp).
struct Block {
  Matrix<const float> a;
  int64_t rows, depth;
  float* copy;  // a place for them, one stored row behind the other; null if they are read in A
  int64_t stored_rows() const { return a.transposed && rows > 0 ? depth : rows; }
  int64_t stored_cols() const { return a.transposed ? rows : depth; }
};

// B, [k, n], rearranged once for many products with it.
class PackedB {
 public:
  PackedB(Matrix<const float> b, int64_t k, int64_t n);
  int64_t depth_of_part() const { return depth_of_part_; }
  Panels part(int64_t p) const;  // the rows from p on, a multiple of depth_of_part()

 private:
  int64_t k_, depth_of_part_, columns_;
  Scratch<float> panels_;
};

// C = alpha·A·B + beta·C with the first k rows and n columns of a packed B; else as above.
void gemm_simd(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               const PackedB& b, float beta, Matrix<float> c);

}  // namespace gradus::kernels
