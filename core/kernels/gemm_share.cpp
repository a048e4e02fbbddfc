#include "core/kernels/gemm_share.hpp"

#include <algorithm>

#include "core/kernels/parallel.hpp"
#include "core/kernels/scratch.hpp"

namespace gradus::kernels {
namespace {

constexpr int64_t kParts = 8, kLong = 2048, kSmall = 1 << 19;

// C = beta·C + Σ_part sums[part] + bias;   sums [parts, m, n]
void add_parts(const Product& of, const float* sums, int64_t parts) {
  constexpr int64_t kGrain = 1 << 14;  // elements worth a thread
  parallel_for(of.m, std::max<int64_t>(1, kGrain / of.n), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* row = of.c.data + i * of.c.stride;
      // with beta = 0, what was there, even NaN, does not count
      for (int64_t j = 0; j < of.n; ++j) row[j] = of.beta == 0 ? 0 : row[j] * of.beta;
      for (int64_t part = 0; part < parts; ++part) {
        const float* sum = sums + (part * of.m + i) * of.n;
        for (int64_t j = 0; j < of.n; ++j) row[j] += sum[j];
      }
      for (int64_t j = 0; of.bias != nullptr && j < of.n; ++j) row[j] += of.bias[j];
    }
  });
}

}  // namespace

int64_t parts_of(int64_t extent, int64_t part) { return (extent + part - 1) / part; }

int64_t equal_part(int64_t extent, int64_t parts, int64_t step) {
  return parts_of(parts_of(extent, parts), step) * step;
}

Matrix<const float> from(Matrix<const float> a, int64_t i, int64_t j) {
  return a.transposed ? Matrix<const float>{a.data + j * a.stride + i, a.stride, true}
                      : Matrix<const float>{a.data + i * a.stride + j, a.stride};
}

void share_product(const Product& of,
                   const std::function<void(const Product&, int threads)>& by_rows) {
  if (of.k < kLong || of.m * of.n > kSmall) return by_rows(of, num_threads());
  const int64_t depth = equal_part(of.k, kParts, 4), parts = parts_of(of.k, depth);
  const Scratch<float> sums(parts * of.m * of.n);
  parallel_for(parts, 1, [&](int64_t part, int64_t) {
    const int64_t p = part * depth;
    by_rows({of.m,
             of.n,
             std::min(depth, of.k - p),
             of.alpha,
             from(of.a, 0, p),
             from(of.b, p, 0),
             0,
             {sums.get() + part * of.m * of.n, of.n},
             nullptr},
            1);
  });
  add_parts(of, sums.get(), parts);
}

}  // namespace gradus::kernels
