// How the product by SIMD (gemm_simd.cpp) arranges its operands in memory.
#if defined(GRADUS_KERNELS_GEMM_PACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_GEMM_PACK_INL
#undef GRADUS_KERNELS_GEMM_PACK_INL
#else
#define GRADUS_KERNELS_GEMM_PACK_INL
#endif

#include "core/kernels/gemm.hpp"
#include "core/kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// Of 16 vector registers (x86 before AVX-512) 12 hold the tile, of 32 it is 24.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr int kRows = 12;
#else
constexpr int kRows = 6;
#endif
HWY_INLINE int64_t lanes() { return static_cast<int64_t>(hn::Lanes(Floats{})); }

// Brings a matrix, [rows, cols] as stored, into L2, a cache line at a time, while the CPU computes
// something else.
struct Fetch {
  static constexpr int64_t kLine = 16;  // floats
  const float* row = nullptr;
  int64_t stride = 0, rows = 0, cols = 0, col = 0;
  HWY_INLINE void next_line() {
    if (rows <= 0) return;
    __builtin_prefetch(row + col, 0, 2);  // for reading, into L2
    col += kLine;
    if (col < cols) return;
    col = 0, row += stride, --rows;
  }
};

// to[p·width + j] = from[j·stride + p] for 4 × 4 numbers, turned round in registers
HWY_INLINE void turn_square(const float* from, int64_t stride, float* to, int64_t width) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = 0; i < 16; ++i) to[i / 4 * width + i % 4] = from[i % 4 * stride + i / 4];
#else
  const hn::Full128<float> d;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + stride);
  const auto r2 = hn::LoadU(d, from + 2 * stride), r3 = hn::LoadU(d, from + 3 * stride);
  const auto low02 = hn::InterleaveLower(d, r0, r2), low13 = hn::InterleaveLower(d, r1, r3);
  const auto up02 = hn::InterleaveUpper(d, r0, r2), up13 = hn::InterleaveUpper(d, r1, r3);
  hn::StoreU(hn::InterleaveLower(d, low02, low13), d, to);
  hn::StoreU(hn::InterleaveUpper(d, low02, low13), d, to + width);
  hn::StoreU(hn::InterleaveLower(d, up02, up13), d, to + 2 * width);
  hn::StoreU(hn::InterleaveUpper(d, up02, up13), d, to + 3 * width);
#endif
}

// panels[j / width][p][j % width] = B[p, j] for rows [begin, end) of `depth`, with 0 behind the last
// column: row by row, as memory likes to be read.
void pack_rows_of_b(Matrix<const float> b, int64_t begin, int64_t end, int64_t depth, int64_t cols,
                    float* panels) {
  const Floats d;
  const int64_t width = 2 * lanes();
  for (int64_t p = begin; p < end; ++p) {
    const float* row = b.data + p * b.stride;
    float* to = panels + p * width;
    int64_t j = 0;
    for (; j + width <= cols; j += width) {
      hn::Store(hn::LoadU(d, row + j), d, to + j * depth);
      hn::Store(hn::LoadU(d, row + j + width / 2), d, to + j * depth + width / 2);
    }
    if (j == cols) continue;
    std::copy_n(row + j, cols - j, to + j * depth);
    std::fill_n(to + j * depth + cols - j, width - (cols - j), 0.0F);
  }
}

// The same for one panel of a transposed B: B[p, j] is at data[j·stride + p].
void pack_panel_of_transposed_b(Matrix<const float> b, int64_t depth, int64_t cols, float* panel) {
  const int64_t width = 2 * lanes(), squares = depth / 4 * 4;
  int64_t j = 0;
  for (; j + 4 <= std::min(cols, width); j += 4) {
    const float* from = b.data + j * b.stride;
    for (int64_t p = 0; p < squares; p += 4) {
      turn_square(from + p, b.stride, panel + p * width + j, width);
    }
    for (int64_t p = squares; p < depth; ++p) {
      for (int64_t t = 0; t < 4; ++t) panel[p * width + j + t] = from[t * b.stride + p];
    }
  }
  for (; j < width; ++j) {
    for (int64_t p = 0; p < depth; ++p) {
      panel[p * width + j] = j < cols ? b.data[j * b.stride + p] : 0.0F;
    }
  }
}

// Copies a block of A, [rows, depth], so that kRows of its rows lie close together: as [kRows, depth],
// or where A is transposed as [depth, kRows].
void pack_rows(Matrix<const float> a, int64_t rows, int64_t depth, float* to) {
  if (!a.transposed) {
    for (int64_t i = 0; i < rows; ++i) std::copy_n(a.data + i * a.stride, depth, to + i * depth);
    return;
  }
  constexpr int64_t kAhead = 8;  // rows lie too far apart for the CPU to foresee
  for (int64_t p = 0; p < depth; ++p) {
    const float* from = a.data + p * a.stride;
    for (int64_t i = 0; p + kAhead < depth && i < rows; i += Fetch::kLine) {
      __builtin_prefetch(from + kAhead * a.stride + i);
    }
    int64_t i = 0;
    for (; i + kRows <= rows; i += kRows) {
      float* group = to + i * depth + p * kRows;
      for_each_vector(Floats{}, kRows, [&](int64_t j, auto part) HWY_ATTR {
        store(Floats{}, load(Floats{}, from + i + j, part), group + j, part);
      });
    }
    std::copy_n(from + i, rows - i, to + i * depth + p * (rows - i));
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_GEMM_PACK_INL
