// How threads share a product, whatever computes the parts: gemm_simd.cpp, gemm_bf16.cpp.
#pragma once

#include <cstdint>
#include <functional>

#include "core/kernels/gemm.hpp"

namespace gradus::kernels {

// C = alpha·A·B + beta·C + bias;   shapes as in gemm()
struct Product {
  int64_t m, n, k;
  float alpha;
  Matrix<const float> a, b;
  float beta;
  Matrix<float> c;
  const float* bias;  // or null
};

// How many parts of that size cover the extent.
int64_t parts_of(int64_t extent, int64_t part);

// The size of a part where `extent` is cut into that many about equal ones, a multiple of `step`.
int64_t equal_part(int64_t extent, int64_t parts, int64_t step);

// The part of a matrix from row i and column j on.
Matrix<const float> from(Matrix<const float> a, int64_t i, int64_t j);

// Computes a product by `by_rows`, which lets so many threads share the rows of C. Where the sum over
// k is much longer than C is large, as in dW = dYᵀ·X, whose sum goes over all positions of a batch,
// threads share that sum instead: each computes parts of it, without anything from another thread,
// and the parts are added in order.
void share_product(const Product& of,
                   const std::function<void(const Product&, int threads)>& by_rows);

}  // namespace gradus::kernels
