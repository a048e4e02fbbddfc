#include "core/tensor/print.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("numbers are aligned, with four decimals") {
  CHECK(to_string(tensor({0.5, -1, 2, 0.25}).view({2, 2})) ==
        "tensor([[ 0.5000, -1.0000],\n"
        "        [ 2.0000,  0.2500]])");
  CHECK(to_string(tensor({1, 20, -3})) == "tensor([ 1., 20., -3.])");
  CHECK(to_string(tensor({1e-6, 1})) == "tensor([1.0000e-06, 1.0000e+00])");
  CHECK(to_string(tensor({0.5, 2000})) == "tensor([5.0000e-01, 2.0000e+03])");
  CHECK(to_string(tensor({1e10})) == "tensor([1.0000e+10])");
  CHECK(to_string(tensor({NAN, -INFINITY, 1.5})) == "tensor([   nan,   -inf, 1.5000])");
  CHECK(to_string(tensor({0, 0})) == "tensor([0., 0.])");
}

TEST_CASE("every dtype is printed, and the uncommon ones named") {
  CHECK(to_string(scalar(2.5)) == "tensor(2.5000)");
  CHECK(to_string(scalar(2.5, DType::float64)) == "tensor(2.5000, dtype=float64)");
  CHECK(to_string(integers({1, -20})) == "tensor([  1, -20])");
  CHECK(to_string(integers({INT64_MAX})) == "tensor([9223372036854775807])");
  CHECK(to_string(tensor({1, 0}, DType::boolean)) == "tensor([ true, false])");
}

TEST_CASE("what takes part in a graph says so") {
  const Tensor x = tensor({1, 2}).requires_grad_();
  CHECK(to_string(x) == "tensor([1., 2.], requires_grad=true)");
  CHECK(to_string(x * x) == "tensor([1., 4.], grad_fn=<mul>)");
  CHECK(to_string(Tensor()) == "tensor(undefined)");
}

TEST_CASE("tensors without elements") {
  CHECK(to_string(zeros({0})) == "tensor([], shape=[0], dtype=float32)");
  CHECK(to_string(arange(0).view({2, 0})) == "tensor([], shape=[2, 0], dtype=int64)");
}

TEST_CASE("views are printed as they are seen, and blocks are set apart") {
  CHECK(to_string(arange(4).view({2, 2}).transpose(0, 1)) == "tensor([[0, 2],\n        [1, 3]])");
  CHECK(to_string(arange(4).view({2, 1, 2})) ==
        "tensor([[[0, 1]],\n"
        "\n"
        "        [[2, 3]]])");
}

TEST_CASE("long rows are wrapped") {
  CHECK(to_string(arange(40)) ==
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,\n"
        "        36, 37, 38, 39])");
}

TEST_CASE("large tensors are cut in the middle") {
  CHECK(to_string(arange(5000)) == "tensor([   0,    1,    2, ..., 4997, 4998, 4999])");
  CHECK(to_string(arange(2000).view({2, 1000})) ==
        "tensor([[   0,    1,    2, ...,  997,  998,  999],\n"
        "        [1000, 1001, 1002, ..., 1997, 1998, 1999]])");
  CHECK(to_string(zeros({100, 100, 100})).size() < 5000);
}

TEST_CASE("tensors can be given to fmt") {
  CHECK(fmt::format("x = {}", scalar(3)) == "x = tensor(3.)");
}
