// map() against index-by-index arithmetic, on random shapes and strides.
#include "core/tensor/loop.hpp"

#include "core/random/philox.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// Small numbers, the same in every run.
class Draw {
 public:
  int64_t below(int64_t n) {
    const double u = uniform({.seed = 5, .stream = 0}, next_++);
    return static_cast<int64_t>(u * static_cast<double>(n));
  }

 private:
  uint64_t next_ = 0;
};

// Drops some leading dimensions and sets some sizes to 1, so that it broadcasts to `shape`.
Shape operand_shape(const Shape& shape, Draw& draw) {
  Shape result(shape.begin() + draw.below(static_cast<int64_t>(shape.size()) + 1), shape.end());
  for (int64_t& size : result) {
    if (draw.below(3) == 0) size = 1;
  }
  return result;
}

// A tensor of this shape that lies in memory in a random order of dimensions, with gaps.
Tensor scattered(const Shape& shape, Draw& draw, uint64_t which) {
  const size_t ndim = shape.size();
  std::vector<size_t> order(ndim);
  for (size_t d = 0; d < ndim; ++d) order[d] = d;
  for (size_t d = ndim; d > 1; --d) {
    std::swap(order[d - 1], order[static_cast<size_t>(draw.below(static_cast<int64_t>(d)))]);
  }
  Shape strides(ndim);
  int64_t extent = 1 + draw.below(2);
  for (const size_t d : order) {
    strides[d] = extent;
    extent *= std::max<int64_t>(shape[d], 1) + draw.below(2);
  }
  const int64_t offset = draw.below(3);
  return normal({extent + offset}, which).alias(shape, strides, offset);
}

// The element of x at `index` of the shape to which x broadcasts.
double element(const Tensor& x, const Shape& index) {
  int64_t at = 0;
  for (size_t d = 0; d < x.shape().size(); ++d) {
    const int64_t i = index[index.size() - x.shape().size() + d];
    at += (x.shape()[d] == 1 ? 0 : i) * x.strides()[d];
  }
  return x.data<double>()[at];
}

// Calls f(index) for every index of a shape, row by row.
void for_each_index(const Shape& shape, const std::function<void(const Shape&)>& f) {
  Shape index(shape.size());
  for (int64_t i = 0; i < numel(shape); ++i) {
    int64_t rest = i;
    for (size_t d = shape.size(); d-- > 0; rest /= shape[d]) index[d] = rest % shape[d];
    f(index);
  }
}

}  // namespace

TEST_CASE("map reads and writes through any strides, and broadcasts") {
  Draw draw;
  for (int round = 0; round < 500; ++round) {
    Shape shape(static_cast<size_t>(draw.below(5)));
    for (int64_t& size : shape) size = draw.below(12) == 0 ? 0 : 1 + draw.below(5);
    const Tensor a = scattered(operand_shape(shape, draw), draw, 1);
    const Tensor b = scattered(operand_shape(shape, draw), draw, 2);
    const Tensor y = scattered(shape, draw, 3);
    map<double, double, double>(
        y, [](double u, double v) { return 2 * u - v; }, a, b);
    bool right = true;
    for_each_index(shape, [&](const Shape& index) {
      const double expected = 2 * element(a, index) - element(b, index);
      right &= std::abs(element(y, index) - expected) < 1e-14;  // a CPU may round only once
    });
    INFO("round " << round << ": " << describe(a) << ", " << describe(b) << " to " << describe(y));
    REQUIRE(right);
  }
}

TEST_CASE("map writes nothing outside of its output") {
  const Tensor memory = zeros({6, 6}, DType::float64);
  const Tensor y = memory.narrow(0, 1, 3).narrow(1, 2, 2);
  map<double>(y, [] { return 1.0; });
  CHECK(values(sum(memory)) == std::vector<double>{6});
  CHECK(values(sum(y)) == std::vector<double>{6});
}

TEST_CASE("map splits large operands among threads") {
  const int64_t n = 300'000;  // several chunks of a single row, and of many rows
  const Tensor x = arange(n, DType::float64);
  const Tensor y = empty_like(x);
  map<double, double>(
      y, [](double v) { return 2 * v; }, x);
  CHECK(bit_equal(y, x * 2.0));
  const Tensor rows = x.view({n / 3, 3}), shift = tensor({1, 2, 3}, DType::float64);
  CHECK(values(sum(rows + shift - rows)) == std::vector<double>{2.0 * static_cast<double>(n)});

  // 100 lines of 1,000 rows; chunks of 10,922 rows begin in the middle of a line
  const Tensor lines = x.view({1000, 100, 3}).transpose(0, 1);
  const Tensor copy = empty(lines.shape(), DType::float64);
  map<double, double>(
      copy, [](double v) { return v; }, lines);
  bool right = true;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t line = i / 3000, row = i / 3 % 1000;
    right &= copy.data<double>()[i] == static_cast<double>(row * 300 + line * 3 + i % 3);
  }
  CHECK(right);
}
