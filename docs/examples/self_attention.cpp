// Chapter 9: self-attention in six steps, on numbers small enough to be printed.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/autograd/functional.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"

using namespace gradus;

namespace {

constexpr int64_t kTokens = 11;  // The animal didn't cross the street because it was too tired
constexpr int64_t kHidden = 4, kHeadDim = 3;
constexpr int64_t kIt = 7, kBecause = 6;

std::vector<double> values(const Tensor& x) {
  return to(x, DType::float64).contiguous().to_vector<double>();
}

void add_rows(Numbers& numbers, const std::string& name, const Tensor& matrix) {
  for (int64_t i = 0; i < matrix.size(0); ++i) {
    numbers.add(name + "." + std::to_string(i), values(matrix.select(0, i)));
  }
}

Tensor random_matrix(const Shape& shape, uint64_t stream) {
  return randn(shape, {.seed = 9, .stream = stream}, DType::float64);
}

// #region six-steps
// What token number `i` makes of the others. x [seq, hidden], w_q, w_k, w_v [hidden, d]
struct Steps {
  Tensor query, keys, values, scores, scaled, weights, weighed, output;
};
Steps six_steps(const Tensor& x, const Tensor& w_q, const Tensor& w_k, const Tensor& w_v,
                int64_t i) {
  Steps s;
  const double d = static_cast<double>(w_q.size(1));
  s.query = matmul(x.select(0, i), w_q);          // 1. what it looks for     [d]
  s.keys = matmul(x, w_k);                        //    what each can be found by  [seq, d]
  s.values = matmul(x, w_v);                      //    what each has to say  [seq, d]
  s.scores = matmul(s.keys, s.query);             // 2. how well they fit     [seq]
  s.scaled = s.scores / std::sqrt(d);             // 3. scaled
  s.weights = softmax(s.scaled, -1);              // 4. as shares of 1
  s.weighed = s.values * s.weights.unsqueeze(1);  // 5. each value by its share  [seq, d]
  s.output = sum(s.weighed, {0});                 // 6. and their sum         [d]
  return s;
}
// #endregion six-steps

// #region matrix-form
// All tokens at once: softmax(Q·Kᵀ/√d)·V
Tensor self_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const double d = static_cast<double>(q.size(1));
  return matmul(softmax(matmul(q, k.transpose(0, 1)) / std::sqrt(d), -1), v);
}
// #endregion matrix-form

double largest_difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = values(a), y = values(b);
  double most = 0;
  for (size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
  return most;
}

// The mean over many queries of the largest weight, and of the size of the softmax's Jacobian
// diag(y) − yyᵀ (Frobenius norm), for scores of vectors of d normal numbers.
void scale_study(Numbers& numbers) {
  constexpr int64_t kQueries = 200, kKeys = 32;
  int at = 0;
  for (const int64_t d : {1, 4, 16, 64, 256, 1024}) {
    const Tensor q = random_matrix({kQueries, d}, 100 + static_cast<uint64_t>(d));
    const Tensor k = random_matrix({kKeys, d}, 10'000 + static_cast<uint64_t>(d));
    const Tensor scores = matmul(q, k.transpose(0, 1));
    numbers.add("scale.d." + std::to_string(at), static_cast<double>(d));
    for (const bool scaled : {false, true}) {
      const Tensor y = softmax(scaled ? scores / std::sqrt(static_cast<double>(d)) : scores, -1);
      const Tensor squares = sum(y * y, {1});  // ‖diag(y) − yyᵀ‖² = Σy² − 2Σy³ + (Σy²)²
      const Tensor norm = sqrt(squares - 2.0 * sum(y * y * y, {1}) + squares * squares);
      const std::string name = scaled ? "scale.scaled." : "scale.plain.";
      numbers.add(name + "largest." + std::to_string(at), values(mean(amax(y, 1, false)))[0]);
      numbers.add(name + "jacobian." + std::to_string(at), values(mean(norm))[0]);
    }
    const Tensor centred = scores - mean(scores);
    numbers.add("scale.deviation." + std::to_string(at),
                std::sqrt(values(mean(centred * centred))[0]));
    ++at;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  const Tensor x = random_matrix({kTokens, kHidden}, 0);
  // a deviation of 1/√hidden: products then have the size of their inputs
  const double size = 1 / std::sqrt(double{kHidden});
  const Tensor w_q = random_matrix({kHidden, kHeadDim}, 1) * size;
  const Tensor w_k = random_matrix({kHidden, kHeadDim}, 2) * size;
  const Tensor w_v = random_matrix({kHidden, kHeadDim}, 3) * size;
  const Steps s = six_steps(x, w_q, w_k, w_v, kIt);
  add_rows(numbers, "x", x);
  numbers.add("query", values(s.query));
  add_rows(numbers, "keys", s.keys);
  add_rows(numbers, "values", s.values);
  numbers.add("scores", values(s.scores));
  numbers.add("scaled", values(s.scaled));
  numbers.add("weights", values(s.weights));
  numbers.add("output", values(s.output));

  // the matrix form, and the operation of the library, say the same
  const Tensor q = matmul(x, w_q), k = matmul(x, w_k), v = matmul(x, w_v);
  const Tensor all = self_attention(q, k, v);
  numbers.expect(largest_difference(all.select(0, kIt), s.output) < 1e-12,
                 "row of the matrix form");
  const auto heads = [](const Tensor& m) { return m.reshape({1, m.size(0), 1, m.size(1)}); };
  const Tensor fused = attention(heads(q), heads(k), heads(v), {});
  numbers.expect(largest_difference(fused.reshape(all.shape()), all) < 1e-12,
                 "the operation agrees");
  add_rows(numbers, "map", softmax(matmul(q, k.transpose(0, 1)) / std::sqrt(double{kHeadDim}), -1));

  // masks: the last two tokens are padding; and only earlier tokens are seen
  std::vector<double> bias(kTokens, 0);
  bias[kTokens - 2] = bias[kTokens - 1] = -std::numeric_limits<double>::infinity();
  const Tensor masked = softmax(s.scaled + tensor(bias, {kTokens}, DType::float64), -1);
  numbers.add("masked", values(masked));
  add_rows(numbers, "causal",
           attention_weights(heads(q), heads(k), {}, true).reshape({kTokens, kTokens}));

  // without positions, the order of the words does not matter
  std::vector<int64_t> order{10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
  const Tensor reversed = index_select(x, 0, tensor(order, {kTokens}));
  const Tensor mixed =
      self_attention(matmul(reversed, w_q), matmul(reversed, w_k), matmul(reversed, w_v));
  numbers.expect(largest_difference(mixed.select(0, kTokens - 1 - kIt), s.output) < 1e-12,
                 "the same output for the same word in another order");

  scale_study(numbers);

  // Exercise: if all scores are equal, each token gets the mean of the values; if one is far larger,
  // the value of its key.
  const Tensor flat = self_attention(zeros_like(q), k, v);
  numbers.expect(largest_difference(flat.select(0, 0), mean(v, {0})) < 1e-12, "the mean");
  Tensor longer = k.clone();
  longer.select(0, kBecause).mul_(scalar(100, k.dtype()));
  const Tensor looked_up = self_attention(q, longer, v).select(0, kIt);
  numbers.expect(largest_difference(looked_up, v.select(0, kBecause)) < 1e-12, "one value");
  return numbers.finish(argc, argv);
}
