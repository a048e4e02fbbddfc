// Loops over the elements of broadcast, strided operands: what every plain element-wise operation
// is made of.   map<float, float, float>(y, [](float a, float b) { return a + b; }, a, b);
#pragma once

#include <array>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <tuple>
#include <utility>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace gradus {

// The shape that a few operands share, with the strides of each, after dimensions that lie behind each
// other in all of them were merged: contiguous operands have a single dimension left.
class StridedLoop {
 public:
  static constexpr size_t kMaxOperands = 4;
  using Offsets = std::array<int64_t, kMaxOperands>;  // in elements, one for each operand

  // Over the elements of y, operand 0; the inputs are operands 1, 2, ..., fewer than kMaxOperands, and
  // broadcast to y's shape.
  StridedLoop(const Tensor& y, std::initializer_list<const Tensor*> inputs);

  // Calls row(offsets, strides, n) for runs of n elements along the last dimension, in parallel.
  using Row = std::function<void(const Offsets& offsets, const Offsets& strides, int64_t n)>;
  void run(const Row& row) const;

 private:
  Offsets offsets_of_row(int64_t row) const;  // where it begins

  Shape shape_;
  std::vector<Offsets> strides_;  // by dimension, then operand
};

// y_i = f(x1_i, x2_i, ...); the inputs broadcast to y's shape.
template <class Out, class... In, class F>
void map(const Tensor& y, F f, const std::same_as<Tensor> auto&... inputs) {
  static_assert(sizeof...(In) == sizeof...(inputs) && sizeof...(In) < StridedLoop::kMaxOperands);
  Out* const out = y.data<Out>();
  const std::tuple<const In*...> x{inputs.template data<In>()...};

  StridedLoop(y, {&inputs...}).run([&]<size_t... I>(std::index_sequence<I...>) {
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
