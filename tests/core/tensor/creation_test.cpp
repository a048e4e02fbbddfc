#include "core/tensor/creation.hpp"

#include "core/kernels/parallel.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("filled tensors, in every dtype") {
  for (const DType dtype : {DType::float32, DType::float64, DType::int64, DType::boolean}) {
    INFO(name_of(dtype));
    CHECK(values(zeros({2, 2}, dtype)) == std::vector<double>(4, 0));
    CHECK(values(ones({3}, dtype)) == std::vector<double>(3, 1));
    CHECK(values(full({1}, 1, dtype)) == std::vector<double>{1});
    CHECK(zeros({2}, dtype).dtype() == dtype);
    CHECK(zeros({}, dtype).numel() == 1);
    CHECK(zeros({0, 3}, dtype).numel() == 0);
    CHECK(ones_like(zeros({2, 3}, dtype).transpose(0, 1)).strides() == Shape{2, 1});
  }
  CHECK(zeros({2}).dtype() == DType::float32);
}

TEST_CASE("tensors from values") {
  CHECK(values(tensor({1, 2.5})) == std::vector<double>{1, 2.5});
  CHECK(tensor({1, 2.5}).shape() == Shape{2});
  CHECK(tensor({}).shape() == Shape{0});
  const std::vector<double> numbers{1, 2, 3, 4, 5, 6};
  CHECK(values(tensor(numbers, {2, 3}).select(0, 1)) == std::vector<double>{4, 5, 6});
  CHECK(tensor(numbers, {6}, DType::float64).dtype() == DType::float64);
  CHECK_THROWS_WITH(tensor(numbers, {2, 2}),
                    ContainsSubstring("tensor: 6 values for shape [2, 2]"));
  const int64_t large = (int64_t{1} << 62) + 1;  // more than a double holds
  CHECK(integers({large}).item<int64_t>() == large);
}

TEST_CASE("memory of someone else is shared, and kept as long as it is looked at") {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::weak_ptr<std::vector<float>> alive = owner;
  float* data = owner->data();
  Tensor column = from_blob(data, {3, 2}, {2, 1}, DType::float32, std::move(owner)).select(1, 1);
  CHECK(values(column) == std::vector<double>{2, 4, 6});
  data[3] = 40;
  CHECK(values(column) == std::vector<double>{2, 40, 6});
  column.mul_(2);
  CHECK(data[5] == 12);
  CHECK(data[4] == 5);
  CHECK_FALSE(alive.expired());
  column = {};
  CHECK(alive.expired());

  const auto anyone = std::make_shared<int>();
  CHECK_THROWS_AS(from_blob(data, {3}, {-1}, DType::float32, anyone), ValueError);
  CHECK_THROWS_AS(from_blob(data, {3}, {1}, DType::float32, nullptr), ValueError);
  CHECK_THROWS_AS(from_blob(data, {3}, {}, DType::float32, anyone), ShapeError);
  char* odd = reinterpret_cast<char*>(data) + 1;
  CHECK_THROWS_AS(from_blob(odd, {1}, {1}, DType::float32, anyone), ValueError);
}

TEST_CASE("arange counts") {
  CHECK(arange(4).to_vector<int64_t>() == std::vector<int64_t>{0, 1, 2, 3});
  CHECK(values(arange(3, DType::float32)) == std::vector<double>{0, 1, 2});
  CHECK(arange(0).shape() == Shape{0});
  CHECK_THROWS_WITH(arange(-1), ContainsSubstring("the end must not be negative, got -1"));
}

TEST_CASE("shapes that cannot be are refused before memory is asked for") {
  const int64_t huge = int64_t{1} << 62;
  CHECK_THROWS_WITH(zeros({2, -1}), ContainsSubstring("shape [2, -1]: a size is negative"));
  CHECK_THROWS_WITH(empty({huge, 2}), ContainsSubstring("too many elements"));
  CHECK_THROWS_WITH(empty({huge}), ContainsSubstring("too many elements"));  // in bytes
  CHECK_THROWS_WITH(empty({0, huge, 4}), ContainsSubstring("too many elements"));
  CHECK_THROWS_WITH(empty({huge, 4, 0}), ContainsSubstring("too many elements"));
  CHECK_THROWS_AS(arange(huge), ShapeError);
}

TEST_CASE("random numbers depend on the stream alone") {
  const RandomStream stream{.seed = 3, .stream = 4};
  const int64_t n = 40000;  // several chunks
  const int threads = num_threads();
  const Tensor x = randn({n}, stream);
  set_num_threads(threads == 1 ? 2 : 1);
  CHECK(bit_equal(x, randn({n}, stream)));
  set_num_threads(threads);
  CHECK(bit_equal(x.narrow(0, 0, 100), randn({100}, stream)));
  CHECK_FALSE(bit_equal(x, randn({n}, {.seed = 3, .stream = 5})));
  CHECK_FALSE(bit_equal(x, randn({n}, {.seed = 4, .stream = 4})));
  CHECK_THROWS_WITH(randn({2}, stream, DType::int64),
                    ContainsSubstring("randn: expected float32 or float64, got int64"));
}

TEST_CASE("random numbers have the moments of their distribution") {
  const int64_t n = 1 << 16;
  const double sigmas = 5 / std::sqrt(static_cast<double>(n));  // five standard errors
  const Tensor u = rand({n}, {.seed = 1, .stream = 1}, DType::float64);
  const auto all = values(u);
  CHECK(*std::min_element(all.begin(), all.end()) >= 0);
  CHECK(*std::max_element(all.begin(), all.end()) < 1);
  CHECK(std::abs(values(mean(u))[0] - 0.5) < sigmas * std::sqrt(1 / 12.0));
  const Tensor g = randn({n}, {.seed = 1, .stream = 2}, DType::float64);
  CHECK(std::abs(values(mean(g))[0]) < sigmas);
  CHECK(std::abs(values(mean(pow(g, 2)))[0] - 1) < sigmas * std::sqrt(2.0));  // var of g² is 2
}
