// Changes in place against PyTorch's: tests/golden/ops_inplace.py wrote them.
#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

std::function<Tensor(const Tensors&)> changed(
    const std::function<void(Tensor, const Tensor&)>& change) {
  return [change](const Tensors& in) {
    const Tensor y = in[0] * in[0];
    change(y, in[1]);
    return y * y;
  };
}

Tensor change_seen_by_views(const Tensors& in) {
  const Tensor y = in[0] * in[0], &w = in[1];
  const Tensor before = transpose(y, 0, 1);
  select(y, 0, 1).mul_(w);
  const Tensor after = y.view({6});
  select(before, 1, 0).sub_(w);
  narrow(after, 0, 2, 3).add_(w).div_(3);
  return matmul(before, y) + sum(after);
}

Tensor in_place_buffer(const Tensors& in) {
  const Tensor y = zeros({4, 3}, in[0].dtype());
  for (int64_t i = 0; i < 4; ++i) select(y, 0, i).copy_(select(in[0], 0, i % 2) * in[1]);
  return y;
}

GoldenCases inplace_cases() {
  const Tensor some = tensor({1, 0, 1, 0, 0, 1}, DType::boolean).view({2, 3});
  return {
      {"add_", changed([](Tensor y, const Tensor& w) { y.add_(w, 3); })},
      {"sub_", changed([](Tensor y, const Tensor& w) { y.sub_(w, 3); })},
      {"mul_", changed([](Tensor y, const Tensor& w) { y.mul_(w); })},
      {"div_", changed([](const Tensor& y, const Tensor& w) { select(y, 0, 1).div_(w); })},
      {"copy_", changed([](const Tensor& y, const Tensor& w) {
         select(transpose(y, 0, 1), 0, 1).copy_(w);
       })},
      {"fill_", changed([](Tensor y, const Tensor& w) {
         select(y, 0, 0).fill_(2);
         y.mul_(w);
       })},
      {"zero_", changed([](Tensor y, const Tensor& w) {
         select(y, 0, 0).zero_();
         y.add_(w);
       })},
      {"masked_fill_",
       changed([some](Tensor y, const Tensor& w) { y.add_(w).masked_fill_(some, 0.5); })},
      {"seen_by_views", change_seen_by_views},
      {"buffer", in_place_buffer},
  };
}

}  // namespace

TEST_CASE("changes in place agree with PyTorch, forward and backward") {
  const TensorMap golden = load_golden("ops_inplace.safetensors");
  const GoldenCases all = inplace_cases();
  for (const auto& [name, function] : all) {
    INFO(name);
    // a dozen operations on numbers up to a hundred
    CHECK(golden_error(golden, name, function, DType::float64) < 1e-12);
  }
  for (const auto& [key, tensor] : golden) {
    INFO(key);
    CHECK(all.contains(key.substr(0, key.find('.'))));  // every case is compared
  }
}
