// How the product by SIMD (gemm_simd.cpp) arranges its operands in memory.
#if defined(GRADUS_KERNELS_GEMM_PACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_GEMM_PACK_INL
#undef GRADUS_KERNELS_GEMM_PACK_INL
#else
#define GRADUS_KERNELS_GEMM_PACK_INL
#endif

#include "core/kernels/gemm_simd.hpp"
#include "core/kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

// A tile has kRows rows, and is kWide vectors wide: its sums take 24 of 32 vector registers, or where
// there are 16 of them (x86 before AVX-512) 12.
constexpr int kRows = 6;
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr int kWide = 4;
#else
constexpr int kWide = 2;
#endif
HWY_INLINE int64_t lanes() { return static_cast<int64_t>(hn::Lanes(Floats{})); }
HWY_INLINE int64_t panel_width() { return kWide * lanes(); }

#if HWY_TARGET != HWY_SCALAR
// Numbers of several rows: block b of 128 bits holds the 4 at from + 4·b·stride.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* from, int64_t stride) {
  if constexpr (hn::MaxLanes(d) == 4) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    const float* upper = from + static_cast<int64_t>(hn::MaxLanes(half)) * stride;
    return hn::Combine(d, load_blocks(half, upper, stride), load_blocks(half, from, stride));
  }
}
#endif

// to[p·width + j] = from[j·stride + p] for p < 4 and j < Lanes(d), turned round in registers
template <class D>
HWY_INLINE void turn([[maybe_unused]] D d, const float* from, int64_t stride, float* to,
                     int64_t width) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = 0; i < 16; ++i) to[i / 4 * width + i % 4] = from[i % 4 * stride + i / 4];
#else
  const auto r0 = load_blocks(d, from, stride), r1 = load_blocks(d, from + stride, stride);
  const auto r2 = load_blocks(d, from + 2 * stride, stride);
  const auto r3 = load_blocks(d, from + 3 * stride, stride);
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
  const int64_t width = panel_width();
  for (int64_t p = begin; p < end; ++p) {
    const float* row = b.data + p * b.stride;
    float* to = panels + p * width;
    int64_t j = 0;
    for (; j + width <= cols; j += width) {
      for (int64_t v = 0; v < width; v += lanes()) {
        hn::Store(hn::LoadU(d, row + j + v), d, to + j * depth + v);
      }
    }
    if (j == cols) continue;
    std::copy_n(row + j, cols - j, to + j * depth);
    std::fill_n(to + j * depth + cols - j, width - (cols - j), 0.0F);
  }
}

// Columns [j, j + columns) of a panel of a transposed B: B[p, j] is at data[j·stride + p].
template <class D>
HWY_INLINE void pack_columns(D d, const float* from, int64_t stride, int64_t depth, int64_t columns,
                             float* to, int64_t width) {
  const int64_t turned = depth / 4 * 4;
  for (int64_t p = 0; p < turned; p += 4) turn(d, from + p, stride, to + p * width, width);
  for (int64_t p = turned; p < depth; ++p) {
    for (int64_t j = 0; j < columns; ++j) to[p * width + j] = from[j * stride + p];
  }
}

// The same for one panel of a transposed B.
void pack_panel_of_transposed_b(Matrix<const float> b, int64_t depth, int64_t cols, float* panel) {
  const int64_t width = panel_width(), there = std::min(cols, width);
#if HWY_TARGET == HWY_SCALAR
  const Floats four;
#else
  const hn::Full128<float> four;
#endif
  int64_t j = 0;
  const auto pack = [&](auto d, int64_t columns) HWY_ATTR {
    for (; j + columns <= there; j += columns) {
      pack_columns(d, b.data + j * b.stride, b.stride, depth, columns, panel + j, width);
    }
  };
  if (lanes() > 4) pack(Floats{}, lanes());
  pack(four, 4);
  for (; j < width; ++j) {
    for (int64_t p = 0; p < depth; ++p) {
      panel[p * width + j] = j < cols ? b.data[j * b.stride + p] : 0.0F;
    }
  }
}

// Makes a block ready while the CPU computes with the one before: brings it into L2 line by line, and
// copies the rows that have come, if it is to be copied. The CPU does not foresee rows that lie far
// apart, and where they lie pages apart, too many would share the same few places of the cache.
class Preparation {
 public:
  HWY_INLINE explicit Preparation(const Block& block) : block_(block), line_(block.a.data) {}

  HWY_INLINE void fetch_line() {
    if (fetched_ >= block_.stored_rows()) return;
    __builtin_prefetch(line_ + col_, 0, kSecondCache);
    col_ += kLine;
    if (col_ < block_.stored_cols()) return;
    col_ = 0, line_ += block_.a.stride, ++fetched_;
  }
  HWY_INLINE void copy_fetched() {
    if (block_.copy != nullptr) copy_until(fetched_);
  }
  void finish() {
    constexpr int64_t kAhead = 8;  // rows on their way
    while (block_.copy != nullptr && copied_ < block_.stored_rows()) {
      const int64_t wanted = std::min(copied_ + kAhead, block_.stored_rows());
      while (fetched_ < wanted) fetch_line();
      copy_until(copied_ + 1);
    }
  }

 private:
  static constexpr int64_t kLine = 16;    // floats
  static constexpr int kSecondCache = 2;  // in __builtin_prefetch's count
  HWY_INLINE void copy_until(int64_t row) {
    const int64_t cols = block_.stored_cols();
    for (; copied_ < row; ++copied_) {
      std::copy_n(block_.a.data + copied_ * block_.a.stride, cols, block_.copy + copied_ * cols);
    }
  }

  Block block_;
  const float* line_;
  int64_t col_ = 0, fetched_ = 0, copied_ = 0;  // rows fetched and copied
};

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // GRADUS_KERNELS_GEMM_PACK_INL
