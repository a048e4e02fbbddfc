// How the product comes near the machine's peak. A multiply-add wants two operands at each half
// cycle, and memory cannot bring them, so everything is arranged to use what is loaded many times:
//
//   tile     kRows rows of C, kWide vectors wide, stay in registers while k passes: each step loads
//            kRows numbers of A and kWide vectors of B for kRows·kWide vector multiply-adds
//   panel    as many columns of B, rearranged to lie in the order in which tiles read them; kDepth
//            rows of it stay in a near cache while a block of A passes
//   block    kBlockRows rows of A and kDepth columns, which stay in the second cache (L2) while all
//            panels of B pass; meanwhile the next block is fetched, and copied if A is transposed
//   share    some blocks of rows, which one thread computes, or where the sum over k is much longer
//            than C is large, a part of that sum
// docs/products.md tells the way from three loops to here.
#include "core/kernels/gemm_simd.hpp"

#include <algorithm>

#include "core/kernels/gemm_share.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/scratch.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/gemm_simd.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/gemm_pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

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

  HWY_INLINE bool plain() const { return alpha == 1 && beta == 0 && bias == nullptr; }  // A·B alone
};
HWY_INLINE Result from(Result r, int64_t i, int64_t j) {
  return {r.alpha,
          r.beta,
          {r.c.data + i * r.c.stride + j, r.c.stride},
          r.bias == nullptr ? nullptr : r.bias + j};
}

// One tile of C, [R, V vectors], over `depth` steps; of the columns only `cols` are there.
template <int R, int V>
HWY_INLINE void tile(int64_t depth, Rows a, const float* panel, Result to, int64_t cols,
                     Preparation& next) {
  const Floats d;
  const int64_t n = lanes();
  FloatVec sums[R][V];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      __builtin_prefetch(to.c.data + i * to.c.stride + v * n);  // wanted only at the end
      sums[i][v] = hn::Zero(d);
    }
  }
  // #region tile
  const auto step = [&]() HWY_ATTR __attribute__((always_inline)) {
    FloatVec b[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) b[v] = hn::Load(d, panel + v * n);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      const FloatVec factor = hn::Set(d, a.data[i * a.row]);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sums[i][v] = hn::MulAdd(factor, b[v], sums[i][v]);
    }
    a.data += a.step;
    panel += kWide * n;
  };
  constexpr int64_t kSteps = R == kRows ? 8 : 2;  // tiles of fewer rows are few
  int64_t p = 0;
  for (; p + kSteps <= depth; p += kSteps) {
    next.fetch_line();
#pragma GCC unroll 8
    for (int64_t s = 0; s < kSteps; ++s) step();
  }
  for (; p < depth; ++p) step();
  // #endregion tile
  if (to.plain() && cols >= V * n) {
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) hn::StoreU(sums[i][v], d, to.c.data + i * to.c.stride + v * n);
    }
    return;
  }
  const auto put = [&](FloatVec sum, float* at, const float* bias, auto part) HWY_ATTR {
    FloatVec result = hn::Mul(sum, hn::Set(d, to.alpha));
    // with beta = 0, what was there, even NaN, does not count
    if (to.beta != 0) result = hn::MulAdd(load(d, at, part), hn::Set(d, to.beta), result);
    if (bias != nullptr) result = hn::Add(result, load(d, bias, part));
    store(d, result, at, part);
  };
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      const int64_t j = v * n, left = cols - j;
      const Result at = from(to, i, j);
      if (left >= n) {
        put(sums[i][v], at.c.data, at.bias, AllLanes{});
      } else {
        put(sums[i][v], at.c.data, at.bias, FirstLanes{static_cast<size_t>(left)});
      }
    }
  }
}

// tile<rows, the vectors that `cols` columns take> for numbers that are known only now
template <int R = kRows, int V = kWide>
HWY_INLINE void tile_of(int64_t rows, int64_t depth, Rows a, const float* panel, Result to,
                        int64_t cols, Preparation& next) {
  if constexpr (V > 1) {
    if (cols <= (V - 1) * lanes()) {
      return tile_of<R, V - 1>(rows, depth, a, panel, to, cols, next);
    }
  }
  if constexpr (R > 1) {
    if (rows < R) return tile_of<R - 1, V>(rows, depth, a, panel, to, cols, next);
  }
  tile<R, V>(depth, a, panel, to, cols, next);
}

// Copies a block that nothing was computed before.
void prepare(const Block& block) { Preparation(block).finish(); }

// The rows of C that belong to one block of A, over all panels of B, while the next one is prepared.
void block_product(const Block& block, int64_t n, Panels b, float alpha, float beta,
                   Matrix<float> c, const float* bias, const Block& next) {
  const Result to{alpha, beta, c, bias};
  Matrix<const float> a = block.a;
  if (block.copy != nullptr) a.data = block.copy, a.stride = block.stored_cols();
  const int64_t row = a.transposed ? 1 : a.stride, step = a.transposed ? a.stride : 1;
  const int64_t width = panel_width();
  Preparation preparation(next);
  for (int64_t j = 0; j < n; j += width) {
    for (int64_t i = 0; i < block.rows; i += kRows) {
      tile_of(std::min<int64_t>(kRows, block.rows - i), block.depth, {a.data + i * row, row, step},
              b.data + j * b.depth, from(to, i, j), std::min(width, n - j), preparation);
      preparation.copy_fetched();
    }
  }
  preparation.finish();
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

HWY_EXPORT(pack_rows_of_b);
HWY_EXPORT(pack_panel_of_transposed_b);
HWY_EXPORT(prepare);
HWY_EXPORT(block_product);
HWY_EXPORT(panel_width);

// With AVX-512, a panel of kDepth × 64 floats takes 128 KB and a block of kBlockRows × kDepth 192 KB.
constexpr int64_t kDepth = 512, kBlockRows = 96;

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

// The rows of B that are packed together.
int64_t depth_of_part(int64_t k) {
  const int64_t parts = std::max<int64_t>(1, parts_of(k, kDepth));  // one even where k = 0
  return std::max<int64_t>(4, equal_part(k, parts, 4));
}

int64_t padded_columns(int64_t n) {
  const int64_t width = HWY_DYNAMIC_DISPATCH(panel_width)();
  return parts_of(n, width) * width;
}

// Threads share the rows of C. Every number of it is summed in the same order whoever does it, so
// that the shares may depend on the number of threads.
void share_rows(const Product& of, int threads, const PackedB* packed_b = nullptr) {
  constexpr int64_t kStep = 12;    // rows: whole tiles
  constexpr int64_t kFewest = 48;  // below that, loading B is not worth it
  // more shares than threads, so that the faster thread can take more of them
  const int64_t shares = threads == 1 ? 1 : 4 * threads;
  const int64_t share = equal_part(of.m, std::clamp<int64_t>(of.m / kFewest, 1, shares), kStep);
  const int64_t block = equal_part(share, parts_of(share, kBlockRows), kStep);
  const bool pack = packed_b == nullptr;
  const int64_t part = pack ? depth_of_part(of.k) : packed_b->depth_of_part();
  const int64_t width = HWY_DYNAMIC_DISPATCH(panel_width)();
  // a tile finds each step's numbers of a transposed A in another place, often far from the last:
  // where they are read more than twice, they are copied together
  const bool copy = of.a.transposed && of.a.stride > 128 && of.n > 2 * width;
  const Scratch<float> own_panels(pack ? padded_columns(of.n) * std::min(of.k, part) : 0);
  for (int64_t p = 0; p == 0 || p < of.k; p += part) {
    const int64_t depth = std::min(part, of.k - p);
    const float beta = p == 0 ? of.beta : 1.0F;
    const float* bias = p + depth == of.k ? of.bias : nullptr;  // with the last part of the sum
    if (pack) pack_b(from(of.b, p, 0), depth, of.n, width, own_panels.get());
    const Panels panels = pack ? Panels{own_panels.get(), depth} : packed_b->part(p);
    parallel_for(of.m, share, [&](int64_t begin, int64_t end) {
      const Scratch<float> copies(copy ? 2 * block * depth : 0);  // of a block, and of the next one
      const auto block_at = [&](int64_t i) {
        float* place = copies.get() + (i - begin) / block % 2 * block * depth;
        const int64_t rows = std::max<int64_t>(0, std::min(block, end - i));
        return Block{from(of.a, i, p), rows, depth, copy ? place : nullptr};
      };
      HWY_DYNAMIC_DISPATCH(prepare)(block_at(begin));
      for (int64_t i = begin; i < end; i += block) {
        HWY_DYNAMIC_DISPATCH(block_product)
        (block_at(i), of.n, panels, of.alpha, beta, {of.c.data + i * of.c.stride, of.c.stride},
         bias, block_at(i + block));
      }
    });
  }
}

}  // namespace

void gemm_simd(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               Matrix<const float> b, float beta, Matrix<float> c, const float* bias) {
  if (m <= 0 || n <= 0) return;
  share_product({m, n, k, alpha, a, b, beta, c, bias},
                [](const Product& part, int threads) { share_rows(part, threads); });
}

PackedB::PackedB(Matrix<const float> b, int64_t k, int64_t n)
    : k_(k),
      depth_of_part_(gradus::kernels::depth_of_part(k)),
      columns_(padded_columns(n)),
      panels_(columns_ * k) {
  const int64_t width = HWY_DYNAMIC_DISPATCH(panel_width)();
  for (int64_t p = 0; p < k; p += depth_of_part_) {
    pack_b(from(b, p, 0), std::min(depth_of_part_, k - p), n, width, panels_.get() + p * columns_);
  }
}

Panels PackedB::part(int64_t p) const {
  return {panels_.get() + p * columns_, std::min(depth_of_part_, k_ - p)};
}

void gemm_simd(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               const PackedB& b, float beta, Matrix<float> c) {
  if (m <= 0 || n <= 0) return;
  share_rows({m, n, k, alpha, a, {}, beta, c, nullptr}, num_threads(), &b);
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
