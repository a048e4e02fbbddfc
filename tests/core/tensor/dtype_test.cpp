#include "core/tensor/dtype.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {
constexpr DType kAll[] = {DType::float32, DType::float64, DType::int64, DType::boolean};
}

TEST_CASE("names and sizes of dtypes") {
  CHECK(name_of(DType::float32) == "float32");
  CHECK(name_of(DType::float64) == "float64");
  CHECK(name_of(DType::int64) == "int64");
  CHECK(name_of(DType::boolean) == "bool");
  for (const DType dtype : kAll) {
    dispatch(dtype, [&]<class T>() {
      CHECK(kDTypeOf<T> == dtype);
      CHECK(size_of(dtype) == sizeof(T));
      CHECK(is_floating(dtype) == std::is_floating_point_v<T>);
    });
  }
}

TEST_CASE("dispatch_floating refuses the other dtypes by name") {
  CHECK(dispatch_floating("op", DType::float64, []<class T>() { return sizeof(T); }) == 8);
  CHECK_THROWS_WITH(dispatch_floating("op", DType::boolean, []<class T>() { return sizeof(T); }),
                    ContainsSubstring("op: expected float32 or float64, got bool"));
}

TEST_CASE("numbers keep their value from dtype to dtype where it fits") {
  const std::vector<double> numbers{0, 1, 0, 1};
  for (const DType from : kAll) {
    for (const DType to : kAll) {
      INFO(name_of(from) << " to " << name_of(to));
      const Tensor x = tensor(numbers, {2, 2}, from);
      CHECK(x.to(to).dtype() == to);
      CHECK(values(x.to(to)) == numbers);
      CHECK(values(x.transpose(0, 1).to(to)) == std::vector<double>{0, 0, 1, 1});
      CHECK(values(Tensor(zeros({2, 2}, to)).copy_(x)) == numbers);
    }
  }
  CHECK(values(tensor({1.9, -1.9}).to(DType::int64)) == std::vector<double>{1, -1});
  CHECK(values(tensor({0.5, 0}).to(DType::boolean)) == std::vector<double>{1, 0});
  const Tensor x = zeros({2});
  CHECK(x.to(DType::float32).is_same(x));
}
