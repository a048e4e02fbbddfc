// How the product comes near the machine's peak. A multiply-add wants two operands at each half
// cycle, and memory cannot bring them, so everything is arranged to use what is loaded many times:
//
//   tile     kRows rows of C, two vectors wide, stay in registers while k passes: each step loads
//            kRows numbers of A and two vectors of B for 2·kRows vector multiply-adds
//   panel    as many columns of B, rearranged to lie in the order in which tiles read them; kDepth
//            rows of it stay in a near cache while a block of A passes
//   block    kBlockRows rows of A and kDepth columns, which stay in the second cache (L2) while all
//            panels of B pass; blocks are what threads share
// docs/products.md tells the way from three loops to here.
#include "core/kernels/gemm_simd.hpp"

#include <algorithm>

#include "core/kernels/parallel.hpp"
#include "core/kernels/scratch.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/gemm_simd.cpp"
#include <hwy/foreach_target.h>

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

// A tile's share of A: row i at step p is at data[i·row + p·step].
struct Rows {
  const float* data;
  int64_t row, step;
};

// What a product leaves in C: alpha·A·B + beta·C + bias, where bias, [n] or null, goes to every row.
struct Result {
  float alpha, beta;
  Matrix<float> c;
  const float* bias;
};
HWY_INLINE Result from(Result r, int64_t i, int64_t j) {
  return {r.alpha,
          r.beta,
          {r.c.data + i * r.c.stride + j, r.c.stride},
          r.bias == nullptr ? nullptr : r.bias + j};
}

// One tile of C, [R, 2 vectors], over `depth` steps; of the columns only `cols` are there.
template <int R>
HWY_INLINE void tile(int64_t depth, Rows a, const float* panel, Result to, int64_t cols) {
  const Floats d;
  const int64_t n = lanes();
  FloatVec sums[R][2];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
    const float* row = to.c.data + i * to.c.stride;
    __builtin_prefetch(row);  // C is wanted only at the end, and often far away
    __builtin_prefetch(row + n);
    sums[i][0] = sums[i][1] = hn::Zero(d);
  }
  // #region tile
  for (int64_t p = 0; p < depth; ++p) {
    const FloatVec b0 = hn::Load(d, panel), b1 = hn::Load(d, panel + n);
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const FloatVec factor = hn::Set(d, a.data[i * a.row]);
      sums[i][0] = hn::MulAdd(factor, b0, sums[i][0]);
      sums[i][1] = hn::MulAdd(factor, b1, sums[i][1]);
    }
    a.data += a.step;
    panel += 2 * n;
  }
  // #endregion tile
  const auto put = [&](FloatVec sum, float* at, const float* bias, auto part) HWY_ATTR {
    FloatVec result = hn::Mul(sum, hn::Set(d, to.alpha));
    // with beta = 0, what was there, even NaN, does not count
    if (to.beta != 0) result = hn::MulAdd(load(d, at, part), hn::Set(d, to.beta), result);
    if (bias != nullptr) result = hn::Add(result, load(d, bias, part));
    store(d, result, at, part);
  };
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
    for (int half = 0; half < 2; ++half) {
      const int64_t j = half * n, left = cols - j;
      const Result at = from(to, i, j);
      if (left >= n) {
        put(sums[i][half], at.c.data, at.bias, AllLanes{});
      } else if (left > 0) {
        put(sums[i][half], at.c.data, at.bias, FirstLanes{static_cast<size_t>(left)});
      }
    }
  }
}

// tile<rows> for a number of rows that is known only now
template <int R = kRows>
HWY_INLINE void tile_of(int64_t rows, int64_t depth, Rows a, const float* panel, Result to,
                        int64_t cols) {
  if constexpr (R > 0) {
    if (rows == R) return tile<R>(depth, a, panel, to, cols);
    tile_of<R - 1>(rows, depth, a, panel, to, cols);
  }
}

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
  constexpr int64_t kAhead = 8, kLine = 16;  // rows lie too far apart for the CPU to foresee
  for (int64_t p = 0; p < depth; ++p) {
    const float* from = a.data + p * a.stride;
    for (int64_t i = 0; p + kAhead < depth && i < rows; i += kLine) {
      __builtin_prefetch(from + kAhead * a.stride + i);
    }
    int64_t i = 0;
    for (; i + kRows <= rows; i += kRows) std::copy_n(from + i, kRows, to + i * depth + p * kRows);
    std::copy_n(from + i, rows - i, to + i * depth + p * (rows - i));
  }
}

// Where the rows from i on of a packed block lie.
HWY_INLINE Rows packed_rows(const float* block, bool transposed, int64_t i, int64_t here,
                            int64_t depth) {
  const float* group = block + i * depth;
  return transposed ? Rows{group, 1, here} : Rows{group, depth, 1};
}

// The rows of C that belong to one block of A, over all panels of B
void block_product(int64_t rows, int64_t n, int64_t depth, Matrix<const float> a,
                   const float* panels, float alpha, float beta, Matrix<float> c, const float* bias,
                   float* packed) {
  const Result to{alpha, beta, c, bias};
  const int64_t width = 2 * lanes();
  // rows that lie a page apart share few lines of the cache, and rows of a transposed matrix lie
  // crosswise: both are copied; others are read where they are
  const bool copy = a.transposed ? a.stride > 128 : a.stride % 512 == 0;
  if (copy) pack_rows(a, rows, depth, packed);
  for (int64_t j = 0; j < n; j += width) {
    const int64_t cols = std::min(width, n - j);
    for (int64_t i = 0; i < rows; i += kRows) {
      const int64_t here = std::min<int64_t>(kRows, rows - i);
      const Rows group = copy           ? packed_rows(packed, a.transposed, i, here, depth)
                         : a.transposed ? Rows{a.data + i, 1, a.stride}
                                        : Rows{a.data + i * a.stride, a.stride, 1};
      tile_of(here, depth, group, panels + j * depth, from(to, i, j), cols);
    }
  }
}

int64_t panel_width() { return 2 * lanes(); }

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

HWY_EXPORT(pack_rows_of_b);
HWY_EXPORT(pack_panel_of_transposed_b);
HWY_EXPORT(block_product);
HWY_EXPORT(panel_width);

// With AVX-512, a panel of kDepth × 32 floats takes 64 KB and a block of kBlockRows × kDepth 192 KB.
constexpr int64_t kDepth = 512, kBlockRows = 96;

int64_t parts_of(int64_t extent, int64_t part) { return (extent + part - 1) / part; }

// Blocks of about equal size, and where rows allow at least eight of them, for threads to share.
int64_t rows_of_block(int64_t m) {
  constexpr int64_t kFewest = 48, kStep = 12;  // below that, loading B is not worth it
  const int64_t count = std::max(parts_of(m, kBlockRows), std::min<int64_t>(8, m / kFewest));
  return parts_of(parts_of(m, std::max<int64_t>(count, 1)), kStep) * kStep;
}

// The part of a matrix from row i and column j on.
Matrix<const float> from(Matrix<const float> a, int64_t i, int64_t j) {
  return a.transposed ? Matrix<const float>{a.data + j * a.stride + i, a.stride, true}
                      : Matrix<const float>{a.data + i * a.stride + j, a.stride};
}

// Rearranges B, [depth, n], into panels of `width` columns, in parallel.
void pack_b(Matrix<const float> b, int64_t depth, int64_t n, int64_t width, float* panels) {
  constexpr int64_t kGrain = 1 << 15;  // numbers worth a thread
  if (b.transposed) {
    parallel_for(parts_of(n, width), std::max<int64_t>(1, kGrain / (width * depth + 1)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t j = begin * width; j < std::min(end * width, n); j += width) {
                     HWY_DYNAMIC_DISPATCH(pack_panel_of_transposed_b)
                     (from(b, 0, j), depth, std::min(width, n - j), panels + j * depth);
                   }
                 });
  } else {
    parallel_for(depth, std::max<int64_t>(1, kGrain / n), [&](int64_t begin, int64_t end) {
      HWY_DYNAMIC_DISPATCH(pack_rows_of_b)(b, begin, end, depth, n, panels);
    });
  }
}

}  // namespace

void gemm_simd(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               Matrix<const float> b, float beta, Matrix<float> c, const float* bias) {
  if (m <= 0 || n <= 0) return;
  const int64_t width = HWY_DYNAMIC_DISPATCH(panel_width)();
  const int64_t panels = parts_of(n, width), block_rows = rows_of_block(m);
  const int64_t chunks = std::max<int64_t>(1, parts_of(k, kDepth));
  const int64_t chunk = std::max<int64_t>(4, parts_of(parts_of(k, chunks), 4) * 4);
  const Scratch<float> packed_b(panels * width * std::min(k, chunk));
  for (int64_t p = 0; p == 0 || p < k; p += chunk) {
    const int64_t depth = std::min(chunk, k - p);
    const float keep = p == 0 ? beta : 1.0F;
    const float* added = p + chunk >= k ? bias : nullptr;  // with the last part of the sum
    pack_b(from(b, p, 0), depth, n, width, packed_b.get());
    parallel_for(m, block_rows, [&](int64_t i, int64_t end) {
      const int64_t rows = end - i;
      const Scratch<float> packed_a(rows * depth);
      HWY_DYNAMIC_DISPATCH(block_product)
      (rows, n, depth, from(a, i, p), packed_b.get(), alpha, keep,
       {c.data + i * c.stride, c.stride}, added, packed_a.get());
    });
  }
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
