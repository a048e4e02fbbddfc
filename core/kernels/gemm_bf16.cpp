// Operands are rounded and rearranged into tiles of 16 rows of 64 bytes, as the instructions want
// them, 32 steps of the sum in each:
//   of A   16 rows of 32 numbers each                            A[i, 0..31]
//   of B   16 rows of 16 pairs, a pair for each column           B[2r, j], B[2r + 1, j]
// Two tiles below each other of A and two beside each other of B give a block [32, 32] of C.
#include "core/kernels/gemm_bf16.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>

#include "core/error.hpp"
#include "core/kernels/bf16_tiles.hpp"
#include "core/kernels/cpu.hpp"
#include "core/kernels/gemm_share.hpp"
#include "core/kernels/parallel.hpp"
#include "core/kernels/scratch.hpp"

namespace gradus::kernels {
namespace {

using namespace bf16;

constexpr int64_t kDepth = 512;     // steps of the sum that are packed together
constexpr int64_t kBlockRows = 64;  // of A, 64 KB at that depth

using BlockProduct = void (*)(int64_t steps, const Bf16* a, const Bf16* b, Start start, float* c,
                              int64_t stride);

int64_t padded(int64_t extent, int64_t step) { return parts_of(extent, step) * step; }

// One side of a product, [extent, depth], as blocks of 32: [blocks][steps][2 tiles].
void pack_side(Side side, Matrix<const float> x, int64_t extent, int64_t depth, float scale,
               Bf16* to) {
  for (int64_t i = 0; i < extent; i += kBlock) {
    for (int64_t p = 0; p < depth; p += kTileDepth) {
      for (int64_t half = 0; half < kBlock; half += kTileRows, to += kTileSize) {
        const int64_t rows = std::clamp<int64_t>(extent - i - half, 0, kTileRows);
        pack_tile(side, from(x, i + half, p), rows, std::min(kTileDepth, depth - p), scale, to);
      }
    }
  }
}

// A block of C of which only [rows, cols] are there: computed beside it and copied.
void edge_block(BlockProduct product, int64_t steps, const Bf16* a, const Bf16* b, Start start,
                float* c, int64_t stride, int64_t rows, int64_t cols) {
  alignas(64) float whole[kBlock * kBlock] = {};
  for (int64_t i = 0; i < rows; ++i) {
    std::copy_n(start.data + i * start.stride, cols, whole + i * kBlock);
  }
  product(steps, a, b, {whole, kBlock}, whole, kBlock);
  for (int64_t i = 0; i < rows; ++i) std::copy_n(whole + i * kBlock, cols, c + i * stride);
}

// Asks for the memory of a block that is written next, up to a row's end or a little beyond. Such
// products are so fast that most of their time is waiting for C.
void fetch_to_write(const float* c, int64_t stride, int64_t rows) {
  constexpr int64_t kLine = 16;  // floats
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < kBlock; j += kLine) __builtin_prefetch(c + i * stride + j, 1, 2);
  }
}

// Some rows of C, over all blocks of packed columns.
void rows_product(BlockProduct product, int64_t rows, int64_t n, int64_t depth, const Bf16* a,
                  const Bf16* b, Start start, Matrix<float> c) {
  const int64_t steps = parts_of(depth, kTileDepth), block_size = 2 * steps * kTileSize;
  if (product == block_by_tiles) begin_tiles();
  for (int64_t i = 0; i < rows; i += kBlock) {
    for (int64_t j = 0; j < n; j += kBlock) {
      const Bf16* left = a + i / kBlock * block_size;
      const Bf16* right = b + j / kBlock * block_size;
      const Start here{start.data + i * start.stride + j, start.stride};
      float* to = c.data + i * c.stride + j;
      fetch_to_write(to + kBlock, c.stride, std::min(kBlock, rows - i));
      if (i + kBlock <= rows && j + kBlock <= n) {
        product(steps, left, right, here, to, c.stride);
      } else {
        edge_block(product, steps, left, right, here, to, c.stride, std::min(kBlock, rows - i),
                   std::min(kBlock, n - j));
      }
    }
  }
  if (product == block_by_tiles) end_tiles();
}

// B in the form of its transpose, so that both sides go the same way.
Matrix<const float> turned(Matrix<const float> b) { return {b.data, b.stride, !b.transposed}; }

void share_rows(BlockProduct product, const Product& of, int threads) {
  const int64_t shares = threads == 1 ? 1 : 4 * threads;
  const int64_t share = equal_part(of.m, std::clamp<int64_t>(of.m / kBlock, 1, shares), kBlock);
  const int64_t steps = parts_of(std::min(of.k, kDepth), kTileDepth);
  const int64_t columns = parts_of(of.n, kBlock);
  const Scratch<Bf16> packed_b(columns * 2 * steps * kTileSize);
  const Scratch<float> first(padded(of.n, kBlock));  // what each row of C starts from
  std::fill_n(first.get(), padded(of.n, kBlock), 0.0F);
  if (of.bias != nullptr) std::copy_n(of.bias, of.n, first.get());
  for (int64_t p = 0; p < of.k; p += kDepth) {
    const int64_t depth = std::min(kDepth, of.k - p);
    parallel_for(columns, 8, [&](int64_t begin, int64_t end) {
      pack_side(Side::right, turned(from(of.b, p, begin * kBlock)),
                std::min(end * kBlock, of.n) - begin * kBlock, depth, 1,
                packed_b.get() + begin * 2 * parts_of(depth, kTileDepth) * kTileSize);
    });
    parallel_for(of.m, share, [&](int64_t begin, int64_t end) {
      const Scratch<Bf16> packed_a(padded(kBlockRows, kBlock) * steps * kTileDepth);
      for (int64_t i = begin; i < end; i += kBlockRows) {
        const int64_t rows = std::min(kBlockRows, end - i);
        pack_side(Side::left, from(of.a, i, p), rows, depth, of.alpha, packed_a.get());
        const Matrix<float> c{of.c.data + i * of.c.stride, of.c.stride};
        rows_product(product, rows, of.n, depth, packed_a.get(), packed_b.get(),
                     p == 0 ? Start{first.get(), 0} : Start{c.data, c.stride}, c);
      }
    });
  }
}

// C = alpha·A·B + bias by bfloat16, and what was in C times beta
void compute(BlockProduct product, const Product& of) {
  if (of.m <= 0 || of.n <= 0) return;
  if (of.k == 0 || of.beta != 0) {  // seldom: what tiles do not do is done beside them
    const Scratch<float> sums(of.m * of.n);
    std::fill_n(sums.get(), of.m * of.n, 0.0F);
    if (of.k > 0) {
      compute(product, {of.m, of.n, of.k, of.alpha, of.a, of.b, 0, {sums.get(), of.n}, nullptr});
    }
    for (int64_t i = 0; i < of.m; ++i) {
      for (int64_t j = 0; j < of.n; ++j) {
        float& element = of.c.data[i * of.c.stride + j];
        element = sums.get()[i * of.n + j] + (of.beta == 0 ? 0 : of.beta * element) +
                  (of.bias == nullptr ? 0 : of.bias[j]);
      }
    }
    return;
  }
  share_product(
      of, [product](const Product& part, int threads) { share_rows(product, part, threads); });
}

}  // namespace

std::string bf16_unit() {
  static const Unit unit = find_unit();
  return unit == Unit::tiles ? "AMX" : unit == Unit::vectors ? "AVX-512-BF16" : "";
}

void require_bf16_unit() {
  require<Error>(!bf16_unit().empty(),
                 "this CPU does not multiply bfloat16: it has neither AMX nor AVX-512-BF16; use "
                 "float32");
}

double bf16_speed() {
  using Clock = std::chrono::steady_clock;
  require_bf16_unit();
  constexpr double kSeconds = 0.001;
  constexpr int kTurns = 5;  // of which the best counts, as others may use the machine
  constexpr int64_t kSteps = 8, kSize = kSteps * 2 * kTileSize;  // 16 KB of each side: in L1
  const bool tiles = bf16_unit() == "AMX";
  const Scratch<Bf16> a(kSize), b(kSize);
  const Scratch<float> c(kBlock * kBlock);
  std::fill_n(a.get(), kSize, Bf16{0});
  std::fill_n(b.get(), kSize, Bf16{0});
  std::fill_n(c.get(), kBlock * kBlock, 0.0F);
  const auto gflops = [&] {
    double seconds = 0, blocks = 0;
    for (const auto start = Clock::now(); seconds < kSeconds; ++blocks) {
      (tiles ? block_by_tiles : block_by_vectors)(kSteps, a.get(), b.get(), {c.get(), kBlock},
                                                  c.get(), kBlock);
      seconds = std::chrono::duration<double>(Clock::now() - start).count();
    }
    return blocks * 2.0 * kBlock * kBlock * kSteps * kTileDepth / seconds * 1e-9;
  };
  double best = 0, best_float32 = 0;
  if (tiles) begin_tiles();
  for (int turn = 0; turn < kTurns; ++turn) {
    best = std::max(best, gflops());
    best_float32 = std::max(best_float32, measure_peak_gflops(1, kSeconds));
  }
  if (tiles) end_tiles();
  return best / best_float32;
}

void gemm_bf16(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
               Matrix<const float> b, float beta, Matrix<float> c, const float* bias) {
  require_bf16_unit();
  compute(bf16_unit() == "AMX" ? block_by_tiles : block_by_vectors,
          {m, n, k, alpha, a, b, beta, c, bias});
}

void gemm_bf16_by_vectors(int64_t m, int64_t n, int64_t k, float alpha, Matrix<const float> a,
                          Matrix<const float> b, float beta, Matrix<float> c, const float* bias) {
  require_bf16_unit();
  compute(block_by_vectors, {m, n, k, alpha, a, b, beta, c, bias});
}

float round_to_bf16(float x) {
  if (std::isnan(x)) return x;
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t even = (bits >> 16) & 1;  // of the last bit that stays
  return std::bit_cast<float>((bits + 0x7FFF + even) & 0xFFFF0000);
}

}  // namespace gradus::kernels
