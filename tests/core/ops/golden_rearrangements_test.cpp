// Views, joins and indexing against PyTorch's: tests/golden/rearrangements.py wrote the numbers.
#include <algorithm>

#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

GoldenCases views() {
  return {
      {"view",
       [](const Tensors& x) {
         return view(x[0], {6, 4});
       }},
      {"reshape",
       [](const Tensors& x) {
         return reshape(transpose(x[0], 0, 2), {6, 4});
       }},
      {"permute",
       [](const Tensors& x) {
         return permute(x[0], {2, 0, 1});
       }},
      {"transpose", [](const Tensors& x) { return transpose(x[0], 0, -1); }},
      {"squeeze", [](const Tensors& x) { return squeeze(x[0], 1); }},
      {"unsqueeze", [](const Tensors& x) { return unsqueeze(x[0], 1); }},
      {"expand",
       [](const Tensors& x) {
         return expand(x[0], {5, -1, 4});
       }},
      {"flatten", [](const Tensors& x) { return flatten(x[0], 1); }},
      {"unflatten",
       [](const Tensors& x) {
         return unflatten(x[0], 2, {2, 2});
       }},
      {"narrow", [](const Tensors& x) { return narrow(x[0], 1, 1, 2); }},
      {"select", [](const Tensors& x) { return select(x[0], 1, -1); }},
      {"clone", [](const Tensors& x) { return clone(x[0]); }},
      {"slice", [](const Tensors& x) { return slice(slice(x[0], 1, -2), 2, 1, 4, 2); }},
      {"diagonal", [](const Tensors& x) { return diagonal(x[0], 1, 0, 2); }},
      {"diagonal_below", [](const Tensors& x) { return diagonal(x[0], -1, -2, -1); }},
      {"unfold", [](const Tensors& x) { return unfold(x[0], 2, 3, 1); }},
      {"unfold_middle", [](const Tensors& x) { return unfold(x[0], 1, 2, 1); }},
  };
}

Tensor joined_backwards(Tensors parts, int64_t dim) {
  std::reverse(parts.begin(), parts.end());
  return cat(parts, dim);
}

GoldenCases copies() {
  const Tensor i = integers({1, 0, -1}), column = integers({2, 0, 3}).view({3, 1}), all;
  const Tensor mask = tensor({1, 0, 1, 0, 1, 1}, DType::boolean).view({2, 3});
  return {
      {"split",
       [](const Tensors& x) {
         return joined_backwards(split(x[0], {1, 3}, 2), 2);
       }},
      {"chunk", [](const Tensors& x) { return joined_backwards(chunk(x[0], 2, 1), 1); }},
      {"cat", [](const Tensors& x) { return cat(x, 1); }},
      {"stack", [](const Tensors& x) { return stack(x, -1); }},
      {"pad",
       [](const Tensors& x) {
         return pad(x[0], {1, -1, 0, 2}, 0.5);
       }},
      {"flip",
       [](const Tensors& x) {
         return flip(x[0], {0, 2});
       }},
      {"roll",
       [](const Tensors& x) {
         return roll(x[0], {1, -2}, {1, 2});
       }},
      {"repeat",
       [](const Tensors& x) {
         return repeat(x[0], {2, 1, 3, 1});
       }},
      {"tril", [](const Tensors& x) { return tril(x[0], -1); }},
      {"triu", [](const Tensors& x) { return triu(x[0], 1); }},
      {"index_select",
       [](const Tensors& x) {
         return index_select(x[0], 1, integers({2, 0, 2}));
       }},
      {"index_add",
       [](const Tensors& x) {
         return index_add({4, 2}, integers({2, 0, 2}), x[0]);
       }},
      {"index", [=](const Tensors& x) { return index(x[0], {i}); }},
      {"index_neighbours",
       [=](const Tensors& x) {
         return index(x[0], {all, i, column});
       }},
      {"index_apart",
       [=](const Tensors& x) {
         return index(x[0], {i, all, column});
       }},
      {"index_mask", [=](const Tensors& x) { return index(x[0], {mask}); }},
      {"masked_select",
       [=](const Tensors& x) {
         return masked_select(x[0], mask.view({2, 3, 1}));
       }},
  };
}

}  // namespace

TEST_CASE("views, joins and indexing agree with PyTorch") {
  const TensorMap golden = load_golden("rearrangements.safetensors");
  GoldenCases all = views();
  all.merge(copies());
  for (const auto& [name, function] : all) {
    INFO(name);
    // elements are moved; where gradients add up, they do in another order
    CHECK(golden_error(golden, name, function, DType::float64) < 1e-15);
    CHECK(golden_error(golden, name, function, DType::float32) < 5e-7);
  }
  for (const auto& [key, tensor] : golden) CHECK(all.contains(key.substr(0, key.find('.'))));
}
