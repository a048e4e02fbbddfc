// Changes in place: Tensor's fill_, copy_, add_ and mul_.
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("changes in place reach the memory, through views and broadcasting") {
  Tensor x = zeros({2, 3});
  x.select(1, 1).fill_(5);
  x.add_(tensor({1, 2, 3}), 10);
  CHECK(values(x) == std::vector<double>{10, 25, 30, 10, 25, 30});
  x.transpose(0, 1).mul_(0.5);
  CHECK(values(x) == std::vector<double>{5, 12.5, 15, 5, 12.5, 15});
  x.copy_(arange(3));  // converts
  CHECK(values(x) == std::vector<double>{0, 1, 2, 0, 1, 2});
  CHECK(x.version() == 4);
  CHECK(values(x.zero_()) == std::vector<double>(6, 0));
  CHECK(zeros({0, 3}).fill_(1).numel() == 0);
}

TEST_CASE("what is written may be what is read") {
  Tensor x = arange(9, DType::float64).view({3, 3});
  x.copy_(x.transpose(0, 1));
  CHECK(values(x) == std::vector<double>{0, 3, 6, 1, 4, 7, 2, 5, 8});
  Tensor row = arange(5, DType::float64);
  row.narrow(0, 1, 4).copy_(row.narrow(0, 0, 4));  // one step to the right
  CHECK(values(row) == std::vector<double>{0, 0, 1, 2, 3});
  row.add_(row);
  CHECK(values(row) == std::vector<double>{0, 0, 2, 4, 6});
  row.add_(row.select(0, 4));
  CHECK(values(row) == std::vector<double>{6, 6, 8, 10, 12});
}

TEST_CASE("a stretched tensor cannot be changed in place") {
  const Tensor x = zeros({1, 2}).expand({3, 2});
  CHECK_THROWS_WITH(
      Tensor(x).add_(ones({2})),
      ContainsSubstring("add_: the elements of shape [3, 2] with strides [0, 1] share "
                        "memory; clone() first"));
  CHECK_THROWS_AS(Tensor(x).fill_(1), ShapeError);
}

TEST_CASE("numbers and tensors change a tensor in place") {
  Tensor x = tensor({1, 2, 4, 8});
  CHECK(values(x.sub_(tensor({1, 1, 0, 0}))) == std::vector<double>{0, 1, 4, 8});
  CHECK(values(x.mul_(tensor({2}))) == std::vector<double>{0, 2, 8, 16});
  CHECK(values(x.div_(tensor({1, 2, 4, 8}))) == std::vector<double>{0, 1, 2, 2});
  CHECK(values(x.add_(1.0)) == std::vector<double>{1, 2, 3, 3});
  CHECK(values(x.sub_(2.0)) == std::vector<double>{-1, 0, 1, 1});
  CHECK(values(x.div_(2.0)) == std::vector<double>{-0.5, 0, 0.5, 0.5});
  CHECK(values(x.masked_fill_(lt(x, zeros({})), 7)) == std::vector<double>{7, 0, 0.5, 0.5});
  CHECK(values(x.sub_(ones({}), 2)) == std::vector<double>{5, -2, -1.5, -1.5});
  CHECK(x.version() == 8);
}

TEST_CASE("misuse of changes in place is explained") {
  Tensor x = zeros({2});
  CHECK_THROWS_WITH(x.copy_(zeros({3})),
                    ContainsSubstring("copy_: shape [3] does not broadcast to [2]"));
  CHECK_THROWS_WITH(x.add_(zeros({2, 2})),
                    ContainsSubstring("add_: shape [2, 2] does not broadcast to [2]"));
  CHECK_THROWS_WITH(x.add_(zeros({2}, DType::float64)),
                    ContainsSubstring("add_: dtypes differ: float32 and float64"));
  CHECK_THROWS_WITH(arange(2).mul_(2), ContainsSubstring("mul_: expected float32 or float64"));
  CHECK_THROWS_WITH(x.masked_fill_(x, 0),
                    ContainsSubstring("masked_fill_: dtypes differ: float32 and bool"));
  CHECK_THROWS_WITH(x.masked_fill_(zeros({3}, DType::boolean), 0),
                    ContainsSubstring("masked_fill_: shape [3] does not broadcast to [2]"));
  CHECK_THROWS_WITH(x.sub_(zeros({3})), ContainsSubstring("sub_: shape [3] does not broadcast"));
  CHECK_THROWS_WITH(x.div_(zeros({2}, DType::float64)), ContainsSubstring("div_: dtypes differ"));
}
