// The instructions behind gemm_bf16.cpp: rounding and arranging a tile, and a block of the product.
// For x86-64 alone; elsewhere find_unit() finds none, and the others must not be called.
#pragma once

#include <cstdint>

#include "core/kernels/gemm.hpp"

namespace gradus::kernels::bf16 {

using Bf16 = uint16_t;

constexpr int64_t kTileRows = 16;   // of A, or columns of B
constexpr int64_t kTileDepth = 32;  // steps of the sum
constexpr int64_t kTileSize = kTileRows * kTileDepth;
constexpr int64_t kBlock = 2 * kTileRows;  // rows and columns of C that are computed together

enum class Unit { none, vectors, tiles };
// The widest that CPU and system offer. Asks the system for the use of tiles, which it grants to a
// process once.
Unit find_unit();

// A tile of A (left) or B (right): x, [rows ≤ 16, depth ≤ 32], times scale, with zeros around. B is
// given as its transpose.
enum class Side { left, right };
void pack_tile(Side side, Matrix<const float> x, int64_t rows, int64_t depth, float scale,
               Bf16* to);

// What a block of C starts from: row i at data[i·stride]; stride 0 starts every row from the same.
struct Start {
  const float* data;
  int64_t stride;
};

// A thread says when it begins to use the tile registers, and when it needs them no more.
void begin_tiles();
void end_tiles();

// C = start + A·B for a block of C, [32, 32], over `steps` times two tiles of A and of B; by
// tiles between begin_tiles() and end_tiles().
void block_by_tiles(int64_t steps, const Bf16* a, const Bf16* b, Start start, float* c,
                    int64_t stride);
void block_by_vectors(int64_t steps, const Bf16* a, const Bf16* b, Start start, float* c,
                      int64_t stride);

}  // namespace gradus::kernels::bf16
