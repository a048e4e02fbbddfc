#include "core/ops/shape.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("view shows the same memory under another shape") {
  const Tensor x = arange(12).view({3, 4});
  CHECK(x.view({2, 6}).strides() == Shape{6, 1});
  CHECK(x.view({-1, 2}).shape() == Shape{6, 2});
  CHECK(x.view({3, 2, 2}).data<int64_t>() == x.data<int64_t>());
  CHECK(x.transpose(0, 1).view({4, 1, 3}).strides()[2] == 4);  // only a size of 1 is added
  CHECK(x.narrow(1, 0, 2).view({3, 2, 1}).shape() == Shape{3, 2, 1});
  CHECK(x.expand({5, 3, 4}).view({5, 12}).strides() == Shape{0, 1});
  CHECK(zeros({}).view({1, 1}).shape() == Shape{1, 1});
  CHECK_THROWS_WITH(
      x.transpose(0, 1).view({12}),
      ContainsSubstring("view: shape [4, 3] with strides [1, 4] cannot be seen as [12] "
                        "without a copy; use reshape()"));
  CHECK_THROWS_WITH(x.view({5, 2}),
                    ContainsSubstring("view: shape [5, 2] does not hold 12 elements"));
  CHECK_THROWS_WITH(x.view({5, -1}), ContainsSubstring("view: 12 elements do not divide by 5"));
  CHECK_THROWS_WITH(x.view({-1, -1}), ContainsSubstring("a size is negative"));
}

TEST_CASE("reshape views when it can and copies when it must") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(x.reshape({3, 2}).data<int64_t>() == x.data<int64_t>());
  CHECK(x.reshape({2, 3}).is_same(x));
  const Tensor flat = x.transpose(0, 1).reshape({-1});
  CHECK(flat.to_vector<int64_t>() == std::vector<int64_t>{0, 3, 1, 4, 2, 5});
  CHECK(flat.data<int64_t>() != x.data<int64_t>());
}

TEST_CASE("shapes without elements, and without dimensions") {
  const Tensor none = zeros({0, 3});
  CHECK(none.reshape({-1, 3}).shape() == Shape{0, 3});
  CHECK(none.view({3, 0, 2}).shape() == Shape{3, 0, 2});
  CHECK_THROWS_WITH(none.reshape({-1, 0}),
                    ContainsSubstring("reshape: the -1 in [-1, 0] could be any size"));
  CHECK(none.transpose(0, 1).shape() == Shape{3, 0});
  CHECK(none.flatten().shape() == Shape{0});
  CHECK(none.narrow(1, 3, 0).shape() == Shape{0, 0});
  CHECK(none.clone().numel() == 0);
  const Tensor point = scalar(4);
  CHECK(point.flatten().shape() == Shape{1});
  CHECK(point.unsqueeze(0).shape() == Shape{1});
  CHECK(point.unsqueeze(-1).shape() == Shape{1});
  CHECK(point.permute({}).shape().empty());
  CHECK(point.expand({2, 3}).strides() == Shape{0, 0});
  CHECK_THROWS_AS(point.select(0, 0), IndexError);
  CHECK_THROWS_AS(point.squeeze(0), IndexError);
}

TEST_CASE("permute and transpose") {
  const Tensor x = arange(24).view({2, 3, 4});
  CHECK(x.permute({2, 0, 1}).shape() == Shape{4, 2, 3});
  CHECK(x.permute({-1, 0, 1}).strides() == Shape{1, 12, 4});
  CHECK(x.transpose(0, -1).shape() == Shape{4, 3, 2});
  CHECK_THROWS_WITH(x.permute({0, 1}),
                    ContainsSubstring("permute: 2 dimensions given for shape [2, 3, 4]"));
  CHECK_THROWS_WITH(x.permute({0, 1, -2}),
                    ContainsSubstring("permute: dimension 1 is named twice"));
  CHECK_THROWS_WITH(x.permute({0, 1, 3}),
                    ContainsSubstring("permute: dimension 3 is out of range"));
  CHECK_THROWS_WITH(x.transpose(0, 3), ContainsSubstring("transpose: dimension 3 is out of range"));
}

TEST_CASE("expand stretches by stride 0") {
  const Tensor x = arange(3).view({3, 1});
  CHECK(x.expand({3, 4}).strides() == Shape{1, 0});
  CHECK(x.expand({2, -1, 4}).shape() == Shape{2, 3, 4});
  CHECK(x.expand({3, 0}).numel() == 0);
  CHECK_THROWS_WITH(x.expand({2, 4}),
                    ContainsSubstring("expand: [3, 1] does not stretch to [2, 4]"));
  CHECK_THROWS_WITH(x.expand({3}),
                    ContainsSubstring("expand: shape [3, 1] has more dimensions than [3]"));
  CHECK_THROWS_AS(x.expand({-1, 3, 4}), ShapeError);
  CHECK_THROWS_AS(x.expand({3, -2}), ShapeError);
}

TEST_CASE("narrow and select") {
  const Tensor x = arange(12).view({3, 4});
  CHECK(x.narrow(1, 1, 2).to_vector<int64_t>() == std::vector<int64_t>{1, 2, 5, 6, 9, 10});
  CHECK(x.narrow(-2, 2, 1).to_vector<int64_t>() == std::vector<int64_t>{8, 9, 10, 11});
  CHECK(x.select(0, -1).to_vector<int64_t>() == std::vector<int64_t>{8, 9, 10, 11});
  CHECK(x.select(-1, 0).to_vector<int64_t>() == std::vector<int64_t>{0, 4, 8});
  CHECK_THROWS_WITH(x.narrow(1, 3, 2), ContainsSubstring("narrow: 2 elements from 3 on are out of "
                                                         "range for dimension 1 of [3, 4]"));
  CHECK_THROWS_AS(x.narrow(1, -1, 2), IndexError);
  CHECK_THROWS_AS(x.narrow(1, 0, -1), IndexError);
  CHECK_THROWS_AS(x.narrow(1, INT64_MAX, INT64_MAX), IndexError);
  CHECK_THROWS_WITH(x.select(0, 3),
                    ContainsSubstring("select: index 3 is out of range for dimension 0 of [3, 4]"));
  CHECK_THROWS_WITH(x.select(2, 0), ContainsSubstring("select: dimension 2 is out of range"));
}
