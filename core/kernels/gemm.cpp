#include "core/kernels/gemm.hpp"

#include <limits>

#include "core/error.hpp"
#include "core/kernels/gemm_plain.hpp"
#include "core/kernels/openblas.hpp"
#include "core/kernels/parallel.hpp"

namespace gradus::kernels {
namespace {

CblasGemm<float> library_gemm(float) { return openblas().sgemm; }
CblasGemm<double> library_gemm(double) { return openblas().dgemm; }

int to_int(int64_t x) {
  require<ShapeError>(x >= 0 && x <= std::numeric_limits<int>::max(),
                      "gemm: a matrix of extent or stride {} is beyond what BLAS can address", x);
  return static_cast<int>(x);
}

template <class T>
void serial(int64_t m, int64_t n, int64_t k, T alpha, Matrix<const T> a, Matrix<const T> b, T beta,
            Matrix<T> c) {
  if (m == 0 || n == 0) return;
  const auto multiply = library_gemm(T{});
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

// Chunks that are cut from C: enough of them to share among threads, each large enough for the
// library to work well.
constexpr int64_t kRowsPerChunk = 128;
constexpr int64_t kColumnsPerChunk = 512;

template <class T>
void parallel(int64_t m, int64_t n, int64_t k, T alpha, Matrix<const T> a, Matrix<const T> b,
              T beta, Matrix<T> c) {
  if (m >= n || m > 4 * kRowsPerChunk) {
    parallel_for(m, kRowsPerChunk, [&](int64_t begin, int64_t end) {
      serial(end - begin, n, k, alpha, from(a, begin, 0), b, beta, from(c, begin, 0));
    });
  } else {
    parallel_for(n, kColumnsPerChunk, [&](int64_t begin, int64_t end) {
      serial(m, end - begin, k, alpha, a, from(b, 0, begin), beta, from(c, 0, begin));
    });
  }
}

}  // namespace

void gemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
          Matrix<const float> b, float beta, Matrix<float> c) {
  parallel(m, n, k, alpha, a, b, beta, c);
}

void gemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<const double> a,
          Matrix<const double> b, double beta, Matrix<double> c) {
  parallel(m, n, k, alpha, a, b, beta, c);
}

void gemm_serial(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                 Matrix<const float> b, float beta, Matrix<float> c) {
  serial(m, n, k, alpha, a, b, beta, c);
}

void gemm_serial(int64_t m, int64_t n, int64_t k, double alpha, Matrix<const double> a,
                 Matrix<const double> b, double beta, Matrix<double> c) {
  serial(m, n, k, alpha, a, b, beta, c);
}

GemmBackend gemm_backend() {
  const OpenBlas& blas = openblas();
  if (blas.sgemm == nullptr) return {"built in", "plain"};
  return {blas.version, blas.kernel_set};
}

}  // namespace gradus::kernels
