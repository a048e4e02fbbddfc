// Chapter 10: one head of 768, twelve of 64, and what is equal to what. With no arguments it also
// measures times, which takes some seconds.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <string>

#include "core/autograd/grad_mode.hpp"
#include "core/median.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"
#include "nn/attention.hpp"

using namespace gradus;

namespace {

Tensor random_matrix(const Shape& shape, uint64_t stream) {
  return randn(shape, {.seed = 10, .stream = stream}, DType::float64);
}

double largest_difference(const Tensor& a, const Tensor& b) {
  const Tensor difference = amax((a - b).flatten() * (a - b).flatten(), 0, false);
  return std::sqrt(difference.item<double>());
}

// Median of nine runs, in milliseconds.
double milliseconds(const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  run();
  for (int i = 0; i < 9; ++i) {
    const auto start = Clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  return median(times);
}

// #region side-by-side
// x·[W_1 | W_2 | ... | W_8], and the eight products side by side: the same numbers.
double side_by_side(const Tensor& x, const Tensor& w) {  // x [n, 512], w [512, 512]
  Tensors parts;
  for (int64_t h = 0; h < 8; ++h) parts.push_back(matmul(x, w.narrow(1, 64 * h, 64)));
  return largest_difference(matmul(x, w), cat(parts, 1));
}

// Eight products of 64 × 64, each on its own 64 numbers of x: another thing.
double block_diagonal(const Tensor& x, const Tensor& w) {
  Tensors parts;
  for (int64_t h = 0; h < 8; ++h) {
    const Tensor block = w.narrow(0, 64 * h, 64).narrow(1, 64 * h, 64);
    parts.push_back(matmul(x.narrow(1, 64 * h, 64), block));
  }
  return largest_difference(matmul(x, w), cat(parts, 1));
}
// #endregion side-by-side

// #region output-projection
// Concat(head_1, ..., head_h)·W = Σ_i head_i·W_i, where W_i are the rows of W that head i meets.
Tensor sum_over_heads(const Tensor& heads, const Tensor& w) {  // [seq, heads, d], [heads·d, out]
  const int64_t d = heads.size(2);
  Tensor sum = zeros({heads.size(0), w.size(1)}, heads.dtype());
  for (int64_t i = 0; i < heads.size(1); ++i) {
    sum = sum + matmul(heads.select(1, i), w.narrow(0, i * d, d));
  }
  return sum;
}
// #endregion output-projection

void measure(Numbers& numbers) {
  const NoGrad no_grad;
  int at = 0;
  std::map<std::pair<int64_t, int64_t>, double> times;  // of heads and seq
  for (const int64_t heads : {1, 2, 4, 6, 12, 24}) {
    numbers.add_measured("times.heads." + std::to_string(at), static_cast<double>(heads));
    for (const int64_t seq : {128, 512}) {
      const Shape shape{4096 / seq, seq, heads, 768 / heads};
      const auto input = [&](uint64_t which) { return randn(shape, {.seed = 1, .stream = which}); };
      const Tensor q = input(1), k = input(2), v = input(3);
      const double time = milliseconds([&] { attention(q, k, v, {}); });
      times[{heads, seq}] = time;
      numbers.add_measured("times.seq" + std::to_string(seq) + "." + std::to_string(at), time);
    }
    ++at;
  }
  for (const int64_t seq : {128, 512}) {
    numbers.add_measured("times.twelve_over_one" + std::to_string(seq),
                         times[{12, seq}] / times[{1, seq}]);
  }
  const Tensor x = randn({4096, 768}, {.seed = 1}), w = randn({768, 768}, {.seed = 2});
  numbers.add_measured("times.wide", milliseconds([&] { matmul(x, w); }));
  std::vector<Tensor> narrow;
  for (int64_t h = 0; h < 12; ++h) narrow.push_back(w.narrow(1, 64 * h, 64).contiguous());
  numbers.add_measured("times.narrow", milliseconds([&] {
                         for (const Tensor& part : narrow) matmul(x, part);
                       }));
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  const nn::MultiHeadAttention one({.hidden = 768, .heads = 1}),
      twelve({.hidden = 768, .heads = 12});
  numbers.add("parameters.one", static_cast<double>(one.parameter_count()));
  numbers.add("parameters.twelve", static_cast<double>(twelve.parameter_count()));
  // multiply-adds for 128 tokens: four projections; scores and mixing; and how many exp
  numbers.add("work.projections", 4.0 * 128 * 768 * 768);
  for (const double heads : {1.0, 12.0}) {
    const std::string name = heads == 1 ? "one" : "twelve";
    numbers.add("work.mixing_" + name, 2 * heads * 128 * 128 * (768 / heads));
    numbers.add("work.exp_" + name, heads * 128 * 128);
  }

  const Tensor x = random_matrix({4, 512}, 1), w = random_matrix({512, 512}, 2);
  numbers.expect(side_by_side(x, w) < 1e-10, "eight of 512 × 64 are one of 512 × 512");
  const double deviation = std::sqrt(mean(matmul(x, w) * matmul(x, w)).item<double>());
  numbers.add("blocks.typical", deviation);
  numbers.add("blocks.largest_difference", block_diagonal(x, w));
  numbers.add("blocks.products_of_64", 8.0 * 64 * 64);
  numbers.add("blocks.product_of_512", 512.0 * 512);

  const Tensor heads = random_matrix({5, 12, 64}, 3), w_o = random_matrix({768, 768}, 4);
  const Tensor whole = matmul(heads.reshape({5, 768}), w_o);
  numbers.expect(largest_difference(whole, sum_over_heads(heads, w_o)) < 1e-10, "a sum over heads");

  // The score of one wide head is the sum of the scores of narrow ones.
  const Tensor q = random_matrix({12, 64}, 5), k = random_matrix({12, 64}, 6);
  const double wide = dot(q.flatten(), k.flatten()).item<double>();
  numbers.expect(std::abs(wide - sum(q * k).item<double>()) < 1e-10, "scores add up");
  // Two heads that look at one word each, and one head with the sum of their scores.
  const Tensor first = tensor({5, 0, 0}, DType::float64),
               second = tensor({0, 5, 0}, DType::float64);
  numbers.add("two.first", softmax(first, 0).to_vector<double>());
  numbers.add("two.merged", softmax((first + second) / std::sqrt(2.0), 0).to_vector<double>());

  // Exercise: exchange two heads, together with their rows of W^O.
  const Tensor order = tensor(std::vector<int64_t>{1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {12});
  const Tensor rows = index_select(w_o.view({12, 64, 768}), 0, order).view({768, 768});
  const Tensor exchanged = matmul(index_select(heads, 1, order).reshape({5, 768}), rows);
  numbers.expect(largest_difference(whole, exchanged) < 1e-10, "heads have no order");

  if (argc < 2) measure(numbers);
  return numbers.finish(argc, argv);
}
