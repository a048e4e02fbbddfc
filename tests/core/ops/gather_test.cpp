#include "core/ops/gather.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

Tensor index_of(const std::vector<int64_t>& places, const Shape& shape) {
  return tensor(places, shape);
}

}  // namespace

TEST_CASE("gather reads one element at each place") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(values(gather(x, 1, index_of({2, 0, 1, 1}, {2, 2}))) == std::vector<double>{2, 0, 4, 4});
  CHECK(values(gather(x, 0, index_of({1, 0}, {1, 2}))) == std::vector<double>{3, 1});
  const Tensor across = transpose(index_of({2, 0, 1, 1}, {2, 2}), 0, 1);
  CHECK(values(gather(x, -1, across)) == std::vector<double>{2, 1, 3, 4});
  CHECK(values(gather(transpose(x, 0, 1), 1, index_of({1, 0, 1}, {3, 1}))) ==
        std::vector<double>{3, 1, 5});
  CHECK(gather(x, 1, zeros({2, 0}, DType::int64)).shape() == Shape{2, 0});
}

TEST_CASE("scatter_add adds one element at each place") {
  const Tensor x = ones({2, 3}), source = tensor({1, 2, 3, 4}).view({2, 2});
  CHECK(values(scatter_add(x, 1, index_of({2, 0, 1, 1}, {2, 2}), source)) ==
        std::vector<double>{3, 1, 2, 1, 8, 1});
  CHECK(values(scatter_add(x, 0, index_of({1, 1}, {2, 1}), source)) ==
        std::vector<double>{1, 1, 1, 5, 1, 1});  // a source larger than the index
  CHECK(values(x) == std::vector<double>(6, 1));
  CHECK(bit_equal(scatter_add(x, 1, zeros({2, 0}, DType::int64), source), x));
}

TEST_CASE("misuse of gather and scatter_add is explained") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(gather(x, 1, zeros({2, 2})),
                    ContainsSubstring("gather: the index must be int64, not float32"));
  CHECK_THROWS_WITH(gather(x, 1, arange(2)),
                    ContainsSubstring("gather: the index [2] has other dimensions than [2, 3]"));
  CHECK_THROWS_WITH(
      gather(x, 1, zeros({3, 1}, DType::int64)),
      ContainsSubstring("gather: the index [3, 1] is larger than [2, 3] in dimension 0"));
  CHECK_THROWS_WITH(gather(x, 1, index_of({3}, {1, 1})),
                    ContainsSubstring("gather: index 3 is out of range for size 3"));
  CHECK_THROWS_WITH(gather(x, 1, index_of({-1}, {1, 1})),
                    ContainsSubstring("gather: index -1 is out of range for size 3"));
  const Tensor index = index_of({0, 1}, {1, 2});
  CHECK_THROWS_WITH(scatter_add(x, 1, index, zeros({2, 1})),
                    ContainsSubstring("scatter_add: the index [1, 2] is larger than the source "
                                      "[2, 1]"));
  CHECK_THROWS_WITH(scatter_add(x, 1, index, zeros({2})),
                    ContainsSubstring("scatter_add: the source [2] has other dimensions than "
                                      "[2, 3]"));
  CHECK_THROWS_WITH(scatter_add(x, 1, index, zeros({1, 2}, DType::float64)),
                    ContainsSubstring("scatter_add: dtypes differ"));
}
