// Chapter 2: strides, views, and two ways from [3, 4, 16] to [3, 8, 4, 2].
#include <cstdint>

#include "core/error.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"

using namespace gradus;

namespace {

std::vector<double> numbers_of(const Tensor& x) {
  const std::vector<float> values = to(x, DType::float32).to_vector<float>();
  return {values.begin(), values.end()};
}

std::vector<double> strides_of(const Tensor& x) { return {x.strides().begin(), x.strides().end()}; }

// #region split-heads
// 3 sequences of 4 tokens of 16 numbers; number i of the memory is i.
Tensor tokens() { return arange(3 * 4 * 16).view({3, 4, 16}); }

// 8 heads of 2: cut each token's 16 numbers into 8 pairs, then let heads come before tokens.
Tensor split(const Tensor& x) { return x.view({3, 4, 8, 2}).transpose(1, 2); }  // [3, 8, 4, 2]

// The same shape, and wrong.
Tensor view_alone(const Tensor& x) { return x.view({3, 8, 4, 2}); }
// #endregion split-heads

// Of the first sequence: the token that each pair of numbers belongs to, [heads, tokens].
std::vector<double> owners(const Tensor& heads) {
  const Tensor first = heads.select(0, 0).select(2, 0).contiguous();  // [8, 4]
  std::vector<double> owner = numbers_of(first);
  for (double& value : owner) value = static_cast<double>(static_cast<int64_t>(value) / 16);
  return owner;
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  const Tensor x = tokens();
  numbers.add("strides.tokens", strides_of(x));
  numbers.add("strides.viewed", strides_of(x.view({3, 4, 8, 2})));
  numbers.add("strides.split", strides_of(split(x)));
  numbers.add("strides.view_alone", strides_of(view_alone(x)));

  // head 1 of the first sequence: its pairs at tokens 0 and 1
  numbers.add("split.head1", numbers_of(split(x).select(0, 0).select(0, 1).flatten()));
  numbers.add("view_alone.head1", numbers_of(view_alone(x).select(0, 0).select(0, 1).flatten()));
  numbers.add("owners.split", owners(split(x)));
  numbers.add("owners.view_alone", owners(view_alone(x)));
  const std::vector<int64_t> right = split(x).to_vector<int64_t>();
  const std::vector<int64_t> wrong = view_alone(x).to_vector<int64_t>();
  int64_t same = 0;
  for (size_t i = 0; i < right.size(); ++i) same += right[i] == wrong[i];
  numbers.add("same", static_cast<double>(same));
  numbers.add("all", static_cast<double>(right.size()));
  numbers.expect(split(x).data<int64_t>() == x.data<int64_t>(), "splitting moves nothing");

  // broadcasting: a stride of 0
  numbers.add("strides.expanded", strides_of(tensor({1, 2, 3}).expand({4, 3})));
  numbers.expect(reinterpret_cast<uintptr_t>(zeros({5}).data<float>()) % 64 == 0, "aligned");

  // writing through a view
  Tensor table = zeros({2, 3});
  table.select(1, 1).fill_(7);
  numbers.add("written", numbers_of(table.flatten()));

  // Exercise: y = x.transpose(1, 2) of x [2, 3, 4].
  const Tensor y = arange(24).view({2, 3, 4}).transpose(1, 2);
  numbers.add("exercise.strides", strides_of(y));
  bool refused = false;
  try {
    y.view({2, 12});
  } catch (const ShapeError&) {
    refused = true;
  }
  numbers.expect(refused, "view refuses");
  numbers.add("exercise.reshaped", numbers_of(y.reshape({2, 12}).select(0, 0)));
  numbers.expect(y.view({2, 2, 2, 3}).data<int64_t>() == y.data<int64_t>(),
                 "a view that is allowed");
  return numbers.finish(argc, argv);
}
