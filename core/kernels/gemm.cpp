#include "core/kernels/gemm.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/kernels/gemm_bf16.hpp"
#include "core/kernels/gemm_plain.hpp"
#include "core/kernels/gemm_simd.hpp"
#include "core/kernels/onednn.hpp"
#include "core/kernels/openblas.hpp"
#include "core/kernels/parallel.hpp"

namespace gradus::kernels {
namespace {

CblasGemm<float> openblas_gemm(float) { return openblas().sgemm; }
CblasGemm<double> openblas_gemm(double) { return openblas().dgemm; }

int to_int(int64_t x) {
  require<ShapeError>(x >= 0 && x <= std::numeric_limits<int>::max(),
                      "gemm: a matrix of extent or stride {} is beyond what BLAS can address", x);
  return static_cast<int>(x);
}

template <class T>
void by_openblas(int64_t m, int64_t n, int64_t k, T alpha, Matrix<const T> a, Matrix<const T> b,
                 T beta, Matrix<T> c) {
  if (m == 0 || n == 0) return;
  const auto multiply = openblas_gemm(T{});
  if (multiply == nullptr || k == 0) {
    gemm_plain(m, n, k, alpha, a, b, beta, c);
    return;
  }
  multiply(kRowMajor, a.transposed ? kTranspose : kNoTranspose,
           b.transposed ? kTranspose : kNoTranspose, to_int(m), to_int(n), to_int(k), alpha, a.data,
           to_int(a.stride), b.data, to_int(b.stride), beta, c.data, to_int(c.stride));
}

// The part of a matrix from row i and column j on.
template <class T>
Matrix<T> from(Matrix<T> a, int64_t i, int64_t j) {
  if (a.transposed) std::swap(i, j);
  return {a.data + i * a.stride + j, a.stride, a.transposed};
}

// A part of C that one thread computes with one call of the library.
struct Tile {
  int64_t rows, cols;
};

int64_t tiles_in(int64_t extent, int64_t tile) { return (extent + tile - 1) / tile; }

// Half of an extent, rounded up to a multiple of what the library's inner loops compute at once.
int64_t half(int64_t extent) { return tiles_in(extent / 2, 16) * 16; }

// Halves C until there are 16 tiles to share, by rows first, which leaves B's packing to few tiles.
// Tiles below 256×256 pack more than they gain, so that there it stops at 4 tiles; and tiles below
// 2²³ multiply-adds (some 100 µs) aren't worth a thread. Only sizes count, never the threads.
Tile choose_tile(int64_t m, int64_t n, int64_t k) {
  constexpr int64_t kTiles = 16, kFewTiles = 4, kSmallArea = 1 << 16, kSmallWork = 1 << 23;
  Tile tile{m, n};
  for (;;) {
    const int64_t count = tiles_in(m, tile.rows) * tiles_in(n, tile.cols);
    const int64_t area = tile.rows * tile.cols;
    if (count >= kTiles || (count >= kFewTiles && area <= kSmallArea)) return tile;
    if (static_cast<double>(area) * static_cast<double>(k) <= kSmallWork) return tile;
    int64_t& side = tile.cols <= 2 * tile.rows ? tile.rows : tile.cols;
    if (side <= 16) return tile;
    side = half(side);
  }
}

// A product by tiles, each of which by_tile computes in one thread.
template <class T, class ByTile>
void parallel(ByTile by_tile, int64_t m, int64_t n, int64_t k, T alpha, Matrix<const T> a,
              Matrix<const T> b, T beta, Matrix<T> c, const T* bias) {
  if (m <= 0 || n <= 0) return;
  const Tile tile = choose_tile(m, n, k);
  const int64_t across = tiles_in(n, tile.cols);
  parallel_for(tiles_in(m, tile.rows) * across, 1, [&](int64_t index, int64_t) {
    const int64_t i = index / across * tile.rows, j = index % across * tile.cols;
    by_tile(std::min(tile.rows, m - i), std::min(tile.cols, n - j), k, alpha, from(a, i, 0),
            from(b, 0, j), beta, from(c, i, j));
  });
  for (int64_t i = 0; bias != nullptr && i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) c.data[i * c.stride + j] += bias[j];
  }
}

std::atomic<MatmulPrecision> precision = MatmulPrecision::highest;
std::atomic<MatmulLibrary> library = MatmulLibrary::builtin;

void require_onednn() {
  require<Error>(onednn().sgemm != nullptr,
                 "products by oneDNN: it is not installed; on Debian it is the package libdnnl2");
}

}  // namespace

void set_float32_matmul_precision(MatmulPrecision wanted) {
  if (wanted == MatmulPrecision::medium) require_bf16_unit();
  precision = wanted;
}

MatmulPrecision float32_matmul_precision() { return precision; }

void set_float32_matmul_library(MatmulLibrary wanted) {
  if (wanted == MatmulLibrary::onednn) require_onednn();
  require<Error>(wanted != MatmulLibrary::openblas || openblas().sgemm != nullptr,
                 "products by OpenBLAS: it is not installed; on Debian it is the package "
                 "libopenblas0");
  library = wanted;
}

MatmulLibrary float32_matmul_library() { return library; }

void gemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
          Matrix<const float> b, float beta, Matrix<float> c, const float* bias) {
  if (precision == MatmulPrecision::medium) {
    return gemm_bf16(m, n, k, alpha, a, b, beta, c, bias);
  }
  switch (library) {
    case MatmulLibrary::builtin:
      return gemm_simd(m, n, k, alpha, a, b, beta, c, bias);
    case MatmulLibrary::openblas:
      return parallel(by_openblas<float>, m, n, k, alpha, a, b, beta, c, bias);
    case MatmulLibrary::onednn:
      return parallel(gemm_onednn, m, n, k, alpha, a, b, beta, c, bias);
  }
}

void gemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<const double> a,
          Matrix<const double> b, double beta, Matrix<double> c, const double* bias) {
  parallel(by_openblas<double>, m, n, k, alpha, a, b, beta, c, bias);
}

void gemm_openblas(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                   Matrix<const float> b, float beta, Matrix<float> c) {
  by_openblas(m, n, k, alpha, a, b, beta, c);
}

void gemm_openblas(int64_t m, int64_t n, int64_t k, double alpha, Matrix<const double> a,
                   Matrix<const double> b, double beta, Matrix<double> c) {
  by_openblas(m, n, k, alpha, a, b, beta, c);
}

void gemm_onednn(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                 Matrix<const float> b, float beta, Matrix<float> c) {
  require_onednn();
  if (m <= 0 || n <= 0) return;
  if (k == 0) return gemm_plain(m, n, k, alpha, a, b, beta, c);
  const auto turned = [](bool transposed) { return transposed ? 'T' : 'N'; };
  const int status = onednn().sgemm(turned(a.transposed), turned(b.transposed), m, n, k, alpha,
                                    a.data, a.stride, b.data, b.stride, beta, c.data, c.stride);
  require<Error>(status == 0, "products by oneDNN: it failed with status {}", status);
}

GemmBackend gemm_backend() {
  const OpenBlas& blas = openblas();
  if (blas.sgemm == nullptr) return {"built in", "plain"};
  return {blas.version, blas.kernel_set};
}

}  // namespace gradus::kernels
