#include "core/tensor/tensor.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("a tensor knows its shape, strides and dtype") {
  const Tensor x = zeros({2, 3, 4}, DType::float64);
  CHECK(x.shape() == Shape{2, 3, 4});
  CHECK(x.strides() == Shape{12, 4, 1});
  CHECK(x.dim() == 3);
  CHECK(x.numel() == 24);
  CHECK(x.size(0) == 2);
  CHECK(x.size(-1) == 4);
  CHECK(x.dtype() == DType::float64);
  CHECK(x.is_contiguous());
  CHECK_THROWS_WITH(
      x.size(3),
      ContainsSubstring("size: dimension 3 is out of range for a tensor of 3 dimensions"));
  CHECK_THROWS_WITH(x.size(-4), ContainsSubstring("size: dimension -4"));
}

TEST_CASE("handles share a tensor, views share its memory, clones share nothing") {
  const Tensor x = zeros({4});
  const Tensor same = x;
  const Tensor seen = x.view({2, 2});
  const Tensor copy = x.clone();
  CHECK(same.is_same(x));
  CHECK_FALSE(seen.is_same(x));
  Tensor(x).fill_(1);
  CHECK(values(seen) == std::vector<double>(4, 1));
  CHECK(values(copy) == std::vector<double>(4, 0));
  CHECK(x.version() == 1);
  CHECK(seen.version() == 1);
  CHECK(copy.version() == 0);
  Tensor(seen).select(0, 1).fill_(2);
  CHECK(values(x) == std::vector<double>{1, 1, 2, 2});
  CHECK(x.version() == 2);
}

TEST_CASE("is_contiguous") {
  const Tensor x = zeros({2, 3});
  CHECK_FALSE(x.transpose(0, 1).is_contiguous());
  CHECK_FALSE(x.narrow(1, 0, 2).is_contiguous());
  CHECK(x.narrow(0, 1, 1).is_contiguous());
  CHECK_FALSE(x.select(1, 0).is_contiguous());
  CHECK_FALSE(zeros({1}).expand({3}).is_contiguous());
  CHECK(zeros({1, 5}).transpose(0, 1).is_contiguous());  // a stride of size 1 is never used
  CHECK(zeros({0, 5}).transpose(0, 1).is_contiguous());
  CHECK(zeros({}).is_contiguous());
}

TEST_CASE("item reads the only element, in the tensor's dtype") {
  CHECK(scalar(1.5).item<float>() == 1.5f);
  CHECK(full({1, 1}, 7, DType::int64).item<int64_t>() == 7);
  CHECK(full({}, 1, DType::boolean).item<bool>());
  CHECK(tensor({1, 2, 3}).select(0, 2).item<float>() == 3);
  CHECK_THROWS_WITH(zeros({2}).item<float>(),
                    ContainsSubstring("item: needs one element, got shape [2]"));
  CHECK_THROWS_WITH(zeros({0}).item<float>(), ContainsSubstring("got shape [0]"));
  CHECK_THROWS_WITH(zeros({}).item<double>(), ContainsSubstring("holds float32, not float64"));
}

TEST_CASE("to_vector reads all elements row by row, through any strides") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(x.to_vector<int64_t>() == std::vector<int64_t>{0, 1, 2, 3, 4, 5});
  CHECK(x.transpose(0, 1).to_vector<int64_t>() == std::vector<int64_t>{0, 3, 1, 4, 2, 5});
  CHECK(x.select(1, 1).to_vector<int64_t>() == std::vector<int64_t>{1, 4});
  CHECK(zeros({0, 3}).to_vector<float>().empty());
  CHECK_THROWS_AS(x.to_vector<float>(), DTypeError);
}

TEST_CASE("data is the address of the first element of a view") {
  const Tensor x = arange(6).view({2, 3});
  CHECK(*x.select(0, 1).data<int64_t>() == 3);
  CHECK(x.narrow(1, 1, 2).data<int64_t>() == x.data<int64_t>() + 1);
  CHECK_THROWS_WITH(x.data<float>(), ContainsSubstring("the tensor holds int64, not float32"));
}

TEST_CASE("an undefined tensor says so when it is used") {
  const Tensor none;
  CHECK_FALSE(none.defined());
  CHECK_FALSE(none.requires_grad());
  CHECK(describe(none) == "Tensor(undefined)");
  for (const auto& use : std::vector<std::function<void()>>{
           [&] { none.shape(); }, [&] { none.dtype(); }, [&] { none.numel(); },
           [&] { none.strides(); }, [&] { none.item<float>(); }, [&] { none.to_vector<float>(); },
           [&] { none.detach(); }, [&] { none.clone(); }, [&] { none.grad(); },
           [&] { none.version(); }, [&] { Tensor(none).fill_(0); },
           [&] { Tensor(none).requires_grad_(); }, [&] { add(none, zeros({1})); },
           [&] {
             matmul(zeros({1, 1}), none);
           },
           [&] { softmax(none, 0); }, [&] { masked_fill(zeros({1}), none, 0); },
           [&] {
             embedding(none, zeros({1, 1}));
           }}) {
    CHECK_THROWS_WITH(use(), ContainsSubstring("undefined"));
  }
  const Tensor x = zeros({2}).requires_grad_();
  CHECK_THROWS_WITH(x.grad().sum(), ContainsSubstring("undefined"));
}

TEST_CASE("describe") { CHECK(describe(zeros({2, 3})) == "Tensor(float32, [2, 3])"); }
