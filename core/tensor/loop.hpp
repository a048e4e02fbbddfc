// Loops over the elements of broadcast, strided operands: what every plain element-wise operation
// is made of.   map<float, float, float>(y, [](float a, float b) { return a + b; }, a, b);
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <tuple>
#include <utility>

#include "core/kernels/parallel.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

// The shape that N operands share, with the strides of each, after dimensions that lie behind each
// other in all of them were merged: contiguous operands have a single dimension left.
template <size_t N>
class StridedLoop {
 public:
  using Offsets = std::array<int64_t, N>;

  StridedLoop(const Shape& shape, const std::array<Shape, N>& strides) {
    for (size_t d = 0; d < shape.size(); ++d) {
      if (shape[d] == 1) continue;
      if (!shape_.empty() && merges(shape, strides, d)) {
        shape_.back() *= shape[d];
      } else {
        shape_.push_back(shape[d]);
        strides_.emplace_back();
      }
      for (size_t k = 0; k < N; ++k) strides_.back()[k] = strides[k][d];
    }
    if (shape_.empty()) {
      shape_.push_back(1);
      strides_.emplace_back();
    }
  }

  // Calls row(offsets, strides, n) for runs of n elements along the last dimension, in parallel.
  template <class Row>
  void run(Row row) const {
    constexpr int64_t kGrain = 1 << 15;  // elements worth a thread
    const int64_t n = shape_.back();
    int64_t rows = 1;
    for (size_t d = 0; d + 1 < shape_.size(); ++d) rows *= shape_[d];
    if (rows == 0 || n == 0) return;
    if (rows == 1) {
      parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
        Offsets offsets{};
        for (size_t k = 0; k < N; ++k) offsets[k] = begin * strides_.back()[k];
        row(offsets, strides_.back(), end - begin);
      });
    } else {
      parallel_for(rows, std::max<int64_t>(1, kGrain / n), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) row(offsets_of_row(i), strides_.back(), n);
      });
    }
  }

 private:
  // Whether dimension d follows the last one kept without a gap, in every operand.
  bool merges(const Shape& shape, const std::array<Shape, N>& strides, size_t d) const {
    for (size_t k = 0; k < N; ++k) {
      if (strides_.back()[k] != strides[k][d] * shape[d]) return false;
    }
    return true;
  }

  Offsets offsets_of_row(int64_t row) const {
    Offsets offsets{};
    for (size_t d = shape_.size() - 1; d-- > 0;) {
      const int64_t index = row % shape_[d];
      row /= shape_[d];
      for (size_t k = 0; k < N; ++k) offsets[k] += index * strides_[d][k];
    }
    return offsets;
  }

  Shape shape_;
  std::vector<Offsets> strides_;  // by dimension, then operand
};

// y_i = f(x1_i, x2_i, ...); the inputs broadcast to y's shape.
template <class Out, class... In, class F>
void map(const Tensor& y, F f, const std::same_as<Tensor> auto&... inputs) {
  static_assert(sizeof...(In) == sizeof...(inputs));
  constexpr size_t kOperands = sizeof...(In) + 1;
  const StridedLoop<kOperands> loop(
      y.shape(), {y.strides(), broadcast_strides(inputs.shape(), inputs.strides(), y.shape())...});
  Out* const out = y.data<Out>();
  const std::tuple<const In*...> x{inputs.template data<In>()...};

  loop.run([&]<size_t... I>(std::index_sequence<I...>) {
    return [&](const auto& offset, const auto& stride, int64_t n) {
      Out* const to = out + offset[0];
      const std::tuple<const In*...> from{std::get<I>(x) + offset[I + 1]...};
      if (stride[0] == 1 && ((stride[I + 1] == 1) && ...)) {  // the compiler vectorises this one
        for (int64_t i = 0; i < n; ++i) to[i] = static_cast<Out>(f(std::get<I>(from)[i]...));
      } else {
        for (int64_t i = 0; i < n; ++i) {
          to[i * stride[0]] = static_cast<Out>(f(std::get<I>(from)[i * stride[I + 1]]...));
        }
      }
    };
  }(std::index_sequence_for<In...>{}));
}

}  // namespace gradus
