// Sums over all rows of something that is made row by row, in parallel and yet in a fixed order.
#pragma once

#include <cstdint>
#include <functional>

namespace gradus::kernels {

// y, [cols] = the sum of what add_rows(begin, end, sums) adds to sums, [cols], for rows [begin, end).
// Each chunk of rows has sums of its own, 0 at first, which are added up in the chunks' order.
void sum_over_rows(int64_t rows, int64_t cols, float* y,
                   const std::function<void(int64_t begin, int64_t end, float* sums)>& add_rows);

}  // namespace gradus::kernels
