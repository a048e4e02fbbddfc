// What reductions are made of. Included by their files alone.
#pragma once

#include <algorithm>

#include "core/kernels/parallel.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// Which dimensions are reduced: those named, or all if none is. Throws IndexError that names `op`.
std::vector<bool> reduced_dims(std::string_view op, const Dims& dims, int64_t ndim);

Shape reduced_shape(const Shape& shape, const std::vector<bool>& reduced, bool keepdim);

// x with the reduced dimensions moved behind the others: contiguous, read as [rows, cols]. Reads
// whole rows, so that each is reduced in one order.
Tensor with_reduced_last(const Tensor& x, const std::vector<bool>& reduced);

// Undoes that: the dimensions of x go back to where they were.
Tensor from_reduced_last(const Tensor& x, const std::vector<bool>& reduced);

// y_row = f(x_row, cols) for every row, in parallel
template <class T, class Out, class F>
void reduce_rows(const Tensor& x, const Tensor& y, F f) {
  constexpr int64_t kGrain = 1 << 15;  // elements worth a thread
  const int64_t rows = y.numel();
  if (rows == 0) return;
  const int64_t cols = x.numel() / rows;
  const T* in = x.data<T>();
  Out* out = y.data<Out>();
  parallel_for(rows, std::max<int64_t>(1, kGrain / std::max<int64_t>(cols, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) out[i] = f(in + i * cols, cols);
               });
}

}  // namespace gradus
