#include "core/ops/index.hpp"

#include <algorithm>
#include <ranges>

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("index_select reads entries of one dimension, in any order") {
  const Tensor x = arange(6).view({2, 3});
  const Tensor index = integers({2, 0, 2, 1});
  CHECK(x.index_select(1, index).to_vector<int64_t>() ==
        std::vector<int64_t>{2, 0, 2, 1, 5, 3, 5, 4});
  CHECK(values(index_select(x, -2, integers({1}))) == std::vector<double>{3, 4, 5});
  CHECK(index_select(x, 0, integers({})).shape() == Shape{0, 3});
  CHECK(index_select(zeros({3, 0}), 0, integers({1, 1})).shape() == Shape{2, 0});
  CHECK(values(index_select(transpose(x, 0, 1), 0, integers({1}))) == std::vector<double>{1, 4});
  const Tensor strided = integers({1, 9, 0, 9}).view({2, 2}).select(1, 0);
  CHECK(values(index_select(x, 0, strided)) == std::vector<double>{3, 4, 5, 0, 1, 2});
}

TEST_CASE("index_add adds up repeated rows") {
  const Tensor x = tensor({1, 2, 10, 20, 100, 200}).view({3, 2});
  CHECK(values(index_add({3, 2}, integers({1, 0, 1}), x)) ==
        std::vector<double>{10, 20, 101, 202, 0, 0});
  CHECK(values(index_add({2, 2}, integers({}), zeros({0, 2}))) == std::vector<double>(4, 0));
}

TEST_CASE("index_select and index_add of more than one thread's share") {
  const int64_t entries = 5, rows = 1000, cols = 200;  // 13 shares of rows, 4 of columns
  std::vector<int64_t> index(rows);
  for (int64_t i = 0; i < rows; ++i) index[i] = i % entries;
  const Tensor x = arange(entries * cols).view({entries, cols}).to(DType::float32);
  const Tensor selected = index_select(x, 0, integers(index));
  const float* y = selected.data<float>();
  const auto is_right = [&](int64_t k) {
    return y[k] == static_cast<float>(index[k / cols] * cols + k % cols);
  };
  CHECK(std::ranges::all_of(std::views::iota(int64_t{0}, rows * cols), is_right));
  // each entry rows/entries times; all sums are integers that float32 holds
  CHECK(index_add({entries, cols}, integers(index), selected).to_vector<float>() ==
        (x * (rows / entries)).to_vector<float>());
}

TEST_CASE("misuse of indices is explained") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(index_select(x, 0, integers({0, 2})),
                    ContainsSubstring("index_select: index 2 is out of range for size 2"));
  CHECK_THROWS_WITH(index_select(x, 1, integers({-1})),
                    ContainsSubstring("index -1 is out of range"));
  CHECK_THROWS_WITH(index_select(x, 2, integers({0})),
                    ContainsSubstring("index_select: dimension 2"));
  CHECK_THROWS_WITH(index_select(x, 0, zeros({1})),
                    ContainsSubstring("index_select: the index must be int64, not float32"));
  CHECK_THROWS_WITH(index_select(x, 0, arange(2).view({1, 2})),
                    ContainsSubstring("the index must have one dimension, not shape [1, 2]"));
  CHECK_THROWS_WITH(index_add({3, 2}, integers({0}), zeros({2, 2})),
                    ContainsSubstring("index_add: rows of [2, 2] do not fit [3, 2] at 1 places"));
  CHECK_THROWS_AS(index_add({3, 2, 3}, integers({0}), zeros({1, 3, 2})), ShapeError);
  CHECK_THROWS_AS(index_add({3, 2}, integers({3}), zeros({1, 2})), IndexError);
}
