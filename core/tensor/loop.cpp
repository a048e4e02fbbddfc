#include "core/tensor/loop.hpp"

#include <algorithm>

#include "core/kernels/parallel.hpp"

namespace gradus {

StridedLoop::StridedLoop(const Tensor& y, std::initializer_list<const Tensor*> inputs) {
  const Shape& shape = y.shape();
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    Offsets strides{y.strides()[d]};
    size_t operand = 1;
    for (const Tensor* x : inputs) {
      strides.at(operand++) = broadcast_stride(x->shape(), x->strides(), shape, d);
    }
    const auto whole = [&](int64_t stride) { return stride * shape[d]; };
    if (!shape_.empty() && std::ranges::equal(strides_.back(), strides, {}, {}, whole)) {
      shape_.back() *= shape[d];  // it follows the last one without a gap, in every operand
      strides_.back() = strides;
    } else {
      shape_.push_back(shape[d]);
      strides_.push_back(strides);
    }
  }
  if (shape_.empty()) {
    shape_.push_back(1);
    strides_.emplace_back();
  }
}

void StridedLoop::run(const Row& row) const {
  constexpr int64_t kGrain = 1 << 15;  // elements worth a thread
  const Offsets& strides = strides_.back();
  const int64_t n = shape_.back();
  int64_t rows = 1;
  for (size_t d = 0; d + 1 < shape_.size(); ++d) rows *= shape_[d];
  if (rows == 0 || n == 0) return;
  if (rows == 1) {
    parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
      Offsets offsets{};
      for (size_t k = 0; k < kMaxOperands; ++k) offsets[k] = begin * strides[k];
      row(offsets, strides, end - begin);
    });
    return;
  }
  // Along the last but one dimension, a row is one stride behind the row before.
  const int64_t line = shape_[shape_.size() - 2];
  const Offsets& row_strides = strides_[shape_.size() - 2];
  parallel_for(rows, std::max<int64_t>(1, kGrain / n), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end;) {
      Offsets offsets = offsets_of_row(i);
      for (const int64_t stop = std::min(end, i - i % line + line); i < stop; ++i) {
        row(offsets, strides, n);
        for (size_t k = 0; k < kMaxOperands; ++k) offsets[k] += row_strides[k];
      }
    }
  });
}

StridedLoop::Offsets StridedLoop::offsets_of_row(int64_t row) const {
  Offsets offsets{};
  for (size_t d = shape_.size() - 1; d-- > 0;) {
    const int64_t index = row % shape_[d];
    row /= shape_[d];
    for (size_t k = 0; k < kMaxOperands; ++k) offsets[k] += index * strides_[d][k];
  }
  return offsets;
}

}  // namespace gradus
