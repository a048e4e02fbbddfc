#include "core/kernels/bf16_tiles.hpp"

#ifdef __x86_64__

#include <cpuid.h>
#include <hwy/base.h>
#include <immintrin.h>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#ifndef __clang__  // GCC's own headers leave a vector open on purpose, and GCC 12 warns of it
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

// What follows is called only where find_unit() has found the instructions.
HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")
namespace gradus::kernels::bf16 {
namespace {

using Vec = __m512i;  // a row of a tile: 32 bfloat16, or 16 pairs

// A tile in registers.
struct Tile {
  Vec rows[kTileRows];
};

__mmask16 first_lanes(int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFF : (1 << (count > 0 ? count : 0)) - 1);
}

__m512 scaled(const float* x, int64_t count, __m512 scale) {
  return _mm512_mul_ps(_mm512_maskz_loadu_ps(first_lanes(count), x), scale);
}

// Rows along the sum, as they lie: row i holds x[i·stride + 0..31].
Tile along(const float* x, int64_t stride, int64_t rows, int64_t depth, __m512 scale) {
  Tile tile;
  for (int64_t i = 0; i < kTileRows; ++i) {
    const float* row = x + i * stride;
    const int64_t here = i < rows ? depth : 0;
    const __m512bh both = _mm512_cvtne2ps_pbh(scaled(row + (here > 16 ? 16 : 0), here - 16, scale),
                                              scaled(row, here, scale));
    tile.rows[i] = reinterpret_cast<const Vec&>(both);
  }
  return tile;
}

// Rows across it, two steps in each: row r holds the pairs x[2r·stride + j], x[(2r + 1)·stride + j].
Tile across(const float* x, int64_t stride, int64_t columns, int64_t depth, __m512 scale) {
  Tile tile;
  for (int64_t r = 0; r < kTileRows; ++r) {
    const auto step = [&](int64_t p) {
      const __m256bh rounded = _mm512_cvtneps_pbh(
          scaled(x + (p < depth ? p : 0) * stride, p < depth ? columns : 0, scale));
      return _mm512_cvtepu16_epi32(reinterpret_cast<const __m256i&>(rounded));
    };
    tile.rows[r] = _mm512_or_si512(step(2 * r), _mm512_slli_epi32(step(2 * r + 1), 16));
  }
  return tile;
}

// The tile as 16 × 16 pairs, turned round: first within four rows and their quarters, then quarters.
Tile turned(const Tile& tile) {
  Vec by_two[16], by_four[16];
  for (int i = 0; i < 16; i += 2) {
    by_two[i] = _mm512_unpacklo_epi32(tile.rows[i], tile.rows[i + 1]);
    by_two[i + 1] = _mm512_unpackhi_epi32(tile.rows[i], tile.rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    by_four[i] = _mm512_unpacklo_epi64(by_two[i], by_two[i + 2]);
    by_four[i + 1] = _mm512_unpackhi_epi64(by_two[i], by_two[i + 2]);
    by_four[i + 2] = _mm512_unpacklo_epi64(by_two[i + 1], by_two[i + 3]);
    by_four[i + 3] = _mm512_unpackhi_epi64(by_two[i + 1], by_two[i + 3]);
  }
  constexpr int kEven = 0x88, kOdd = 0xDD;  // quarters 0 and 2, or 1 and 3, of both
  Tile out;
  for (int j = 0; j < 4; ++j) {
    const Vec upper = _mm512_shuffle_i32x4(by_four[j], by_four[4 + j], kEven);
    const Vec upper_odd = _mm512_shuffle_i32x4(by_four[j], by_four[4 + j], kOdd);
    const Vec lower = _mm512_shuffle_i32x4(by_four[8 + j], by_four[12 + j], kEven);
    const Vec lower_odd = _mm512_shuffle_i32x4(by_four[8 + j], by_four[12 + j], kOdd);
    out.rows[j] = _mm512_shuffle_i32x4(upper, lower, kEven);
    out.rows[4 + j] = _mm512_shuffle_i32x4(upper_odd, lower_odd, kEven);
    out.rows[8 + j] = _mm512_shuffle_i32x4(upper, lower, kOdd);
    out.rows[12 + j] = _mm512_shuffle_i32x4(upper_odd, lower_odd, kOdd);
  }
  return out;
}

// The shape of all eight tile registers: 16 rows of 64 bytes.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t bytes_of_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

}  // namespace

void pack_tile(Side side, Matrix<const float> x, int64_t rows, int64_t depth, float scale,
               Bf16* to) {
  const __m512 factor = _mm512_set1_ps(scale);
  Tile tile = x.transposed ? across(x.data, x.stride, rows, depth, factor)
                           : along(x.data, x.stride, rows, depth, factor);
  if ((side == Side::left) == x.transposed) tile = turned(tile);
  for (int64_t i = 0; i < kTileRows; ++i) _mm512_storeu_si512(to + i * kTileDepth, tile.rows[i]);
}

void begin_tiles() {
  static constexpr TileConfig kConfig;
  _tile_loadconfig(&kConfig);
}

void end_tiles() { _tile_release(); }

void block_by_tiles(int64_t steps, const Bf16* a, const Bf16* b, Start start, float* c,
                    int64_t stride) {
  constexpr int kRow = 64;  // bytes
  const auto from_stride = static_cast<int>(start.stride * 4),
             to_stride = static_cast<int>(stride * 4);
  _tile_loadd(0, start.data, from_stride);
  _tile_loadd(1, start.data + 16, from_stride);
  _tile_loadd(2, start.data + 16 * start.stride, from_stride);
  _tile_loadd(3, start.data + 16 * start.stride + 16, from_stride);
  for (int64_t step = 0; step < steps; ++step, a += 2 * kTileSize, b += 2 * kTileSize) {
    _tile_loadd(4, a, kRow);
    _tile_loadd(5, a + kTileSize, kRow);
    _tile_loadd(6, b, kRow);
    _tile_loadd(7, b + kTileSize, kRow);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, c, to_stride);
  _tile_stored(1, c + 16, to_stride);
  _tile_stored(2, c + 16 * stride, to_stride);
  _tile_stored(3, c + 16 * stride + 16, to_stride);
}

// Eight rows of the block at a time stay in registers.
void block_by_vectors(int64_t steps, const Bf16* a, const Bf16* b, Start start, float* c,
                      int64_t stride) {
  constexpr int kRows = 8;
  for (int64_t i = 0; i < kBlock; i += kRows) {
    __m512 sums[kRows][2];
    for (int r = 0; r < kRows; ++r) {
      for (int64_t half = 0; half < 2; ++half) {
        sums[r][half] = _mm512_loadu_ps(start.data + (i + r) * start.stride + 16 * half);
      }
    }
    for (int64_t step = 0; step < steps; ++step) {
      const Bf16* rows = a + step * 2 * kTileSize + i * kTileDepth;
      const Bf16* columns = b + step * 2 * kTileSize;
      for (int64_t pair = 0; pair < kTileDepth / 2; ++pair) {
        const Vec left_half = _mm512_loadu_si512(columns + pair * kTileDepth);
        const Vec right_half = _mm512_loadu_si512(columns + kTileSize + pair * kTileDepth);
#pragma GCC unroll 8
        for (int r = 0; r < kRows; ++r) {
          uint32_t both;
          __builtin_memcpy(&both, rows + r * kTileDepth + 2 * pair, sizeof(both));
          const Vec factor = _mm512_set1_epi32(static_cast<int>(both));
          const auto dot = [&](__m512 sum, const Vec& column) {
            return _mm512_dpbf16_ps(sum, reinterpret_cast<const __m512bh&>(factor),
                                    reinterpret_cast<const __m512bh&>(column));
          };
          sums[r][0] = dot(sums[r][0], left_half);
          sums[r][1] = dot(sums[r][1], right_half);
        }
      }
    }
    for (int r = 0; r < kRows; ++r) {
      _mm512_storeu_ps(c + (i + r) * stride, sums[r][0]);
      _mm512_storeu_ps(c + (i + r) * stride + 16, sums[r][1]);
    }
  }
}

}  // namespace gradus::kernels::bf16
HWY_POP_ATTRIBUTES

namespace gradus::kernels::bf16 {
namespace {

// Whether the system keeps tiles for this process when it changes threads: Linux does when it is
// asked, by arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA), and refuses where it cannot.
bool system_allows_tiles() {
#ifdef __linux__
  constexpr long kRequest = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace

Unit find_unit() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__builtin_cpu_supports("avx512bw") || !__get_cpuid_count(7, 1, &a, &b, &c, &d) ||
      (a & (1U << 5)) == 0) {  // AVX512_BF16
    return Unit::none;
  }
  constexpr unsigned kAmxBf16 = 1U << 22, kAmxTile = 1U << 24;
  const bool tiles = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & kAmxBf16) && (d & kAmxTile);
  return tiles && system_allows_tiles() ? Unit::tiles : Unit::vectors;
}

}  // namespace gradus::kernels::bf16

#else

namespace gradus::kernels::bf16 {

Unit find_unit() { return Unit::none; }
void pack_tile(Side, Matrix<const float>, int64_t, int64_t, float, Bf16*) {}
void begin_tiles() {}
void end_tiles() {}
void block_by_tiles(int64_t, const Bf16*, const Bf16*, Start, float*, int64_t) {}
void block_by_vectors(int64_t, const Bf16*, const Bf16*, Start, float*, int64_t) {}

}  // namespace gradus::kernels::bf16

#endif
