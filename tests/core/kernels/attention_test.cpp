// Attention against a version that spells out every sum, in double.
#include "core/kernels/attention.hpp"

#include "core/kernels/reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

// Sums of head_dim products, each rounded.
constexpr double kAttentionTolerance = 1e-5;

// The arrays of one call; x(b, i, h, c) of [batch, seq, heads, head_dim] by at().
template <class T>
struct AttentionExample {
  explicit AttentionExample(AttentionShape s, bool masked, bool causal_ = false)
      : shape(s), causal(causal_) {
    const auto fill = [](int64_t n, uint64_t seed) {
      const Array x = random_array(n, seed);
      return std::vector<T>(x.begin(), x.end());
    };
    const int64_t per_position = s.heads * s.head_dim;
    q = fill(s.batch * s.seq_q * per_position, 1), k = fill(s.batch * s.seq_k * per_position, 2);
    v = fill(s.batch * s.seq_k * per_position, 3), dout = fill(s.batch * s.seq_q * per_position, 4);
    log_sums.resize(static_cast<size_t>(s.batch * s.heads * s.seq_q));
    out.resize(q.size()), dq.resize(q.size()), dk.resize(k.size()), dv.resize(v.size());
    if (!masked) return;
    key_bias.resize(static_cast<size_t>(s.batch * s.seq_k));
    for (int64_t i = 0; i < s.batch * s.seq_k; ++i) {
      const bool padded = i % s.seq_k > i / s.seq_k;  // batch b looks at its first b + 1 keys
      key_bias[static_cast<size_t>(i)] = padded ? -std::numeric_limits<T>::infinity() : T(0);
    }
  }
  const T* bias() const { return key_bias.empty() ? nullptr : key_bias.data(); }
  AttentionScores<T> scores(double scale, Dropout drop) const {
    return {.scale = scale, .key_bias = bias(), .causal = causal, .drop = drop};
  }
  size_t at(int64_t b, int64_t i, int64_t seq, int64_t h, int64_t c) const {
    return static_cast<size_t>(((b * seq + i) * shape.heads + h) * shape.head_dim + c);
  }

  AttentionShape shape;
  bool causal;
  std::vector<T> q, k, v, dout, key_bias, out, log_sums, dq, dk, dv;
};

// s ← softmax(s·scale + bias); a row of −∞ alone becomes 0.
void plain_softmax(double* s, const double* bias, double scale, int64_t n) {
  double sum = 0, m = -kInfinity;
  for (int64_t j = 0; j < n; ++j) {
    s[j] = s[j] * scale + (bias == nullptr ? 0 : bias[j]);
    m = std::max(m, s[j]);
  }
  for (int64_t j = 0; j < n; ++j) sum += s[j] = m == -kInfinity ? 0 : std::exp(s[j] - m);
  for (int64_t j = 0; j < n; ++j) s[j] /= sum == 0 ? 1 : sum;
}

// One head, by the formulas: S = Q·Kᵀ·scale + bias, P = softmax(S), O = dropout(P)·V and back.
void plain_head(AttentionExample<double>& e, int64_t b, int64_t h, double scale, Dropout drop) {
  const AttentionShape s = e.shape;
  const auto element = [&](int64_t i, int64_t j) {
    return ((b * s.heads + h) * s.seq_q + i) * s.seq_k + j;
  };
  const auto keep = [&](int64_t i, int64_t j) {
    if (drop.p == 0) return 1.0;
    return reference::dropped(drop, element(i, j)) ? 0.0 : 1 / (1 - drop.p);
  };
  for (int64_t i = 0; i < s.seq_q; ++i) {
    const int64_t seen = e.causal ? std::min(i + 1, s.seq_k) : s.seq_k;
    Wide p(static_cast<size_t>(s.seq_k)), dp(static_cast<size_t>(s.seq_k));
    for (int64_t j = 0; j < seen; ++j) {
      for (int64_t c = 0; c < s.head_dim; ++c) {
        p[static_cast<size_t>(j)] +=
            e.q[e.at(b, i, s.seq_q, h, c)] * e.k[e.at(b, j, s.seq_k, h, c)];
      }
    }
    const double* bias = e.bias() == nullptr ? nullptr : e.bias() + b * s.seq_k;
    plain_softmax(p.data(), bias, scale, seen);
    for (int64_t j = 0; j < s.seq_k; ++j) {
      for (int64_t c = 0; c < s.head_dim; ++c) {
        const size_t row = e.at(b, i, s.seq_q, h, c), col = e.at(b, j, s.seq_k, h, c);
        e.out[row] += keep(i, j) * p[static_cast<size_t>(j)] * e.v[col];
        e.dv[col] += keep(i, j) * p[static_cast<size_t>(j)] * e.dout[row];
        dp[static_cast<size_t>(j)] += keep(i, j) * e.dout[row] * e.v[col];
      }
    }
    reference::softmax_backward(p.data(), dp.data(), dp.data(), 1, s.seq_k);
    for (int64_t j = 0; j < s.seq_k; ++j) {
      for (int64_t c = 0; c < s.head_dim; ++c) {
        const size_t row = e.at(b, i, s.seq_q, h, c), col = e.at(b, j, s.seq_k, h, c);
        e.dq[row] += dp[static_cast<size_t>(j)] * scale * e.k[col];
        e.dk[col] += dp[static_cast<size_t>(j)] * scale * e.q[row];
      }
    }
  }
}

template <class T>
void run(AttentionExample<T>& e, double scale, Dropout drop) {
  const AttentionScores<T> scores = e.scores(scale, drop);
  for (std::vector<T>* result : {&e.out, &e.log_sums, &e.dq, &e.dk, &e.dv}) {
    result->assign(result->size(),
                   std::numeric_limits<T>::quiet_NaN());  // what is not written shows
  }
  attention(e.shape, scores, e.q.data(), e.k.data(), e.v.data(), {e.out.data(), e.log_sums.data()});
  attention_backward(e.shape, scores, e.q.data(), e.k.data(), e.v.data(),
                     {e.out.data(), e.log_sums.data()}, e.dout.data(), e.dq.data(), e.dk.data(),
                     e.dv.data());
}

template <class T>
double worst(const std::vector<T>& y, const Wide& r) {
  return worst_error(Array(y.begin(), y.end()), r);
}

template <class T>
void check_against_plain(AttentionShape shape, bool masked, bool causal, Dropout drop) {
  const double scale = 1 / std::sqrt(static_cast<double>(shape.head_dim));
  AttentionExample<double> r(shape, masked, causal);
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t h = 0; h < shape.heads; ++h) plain_head(r, b, h, scale, drop);
  }
  AttentionExample<T> e(shape, masked, causal);
  run(e, scale, drop);
  CHECK(worst(e.out, r.out) <= kAttentionTolerance);
  CHECK(worst(e.dq, r.dq) <= kAttentionTolerance);
  CHECK(worst(e.dk, r.dk) <= kAttentionTolerance);
  CHECK(worst(e.dv, r.dv) <= kAttentionTolerance);
}

}  // namespace

TEST_CASE("attention and its gradient agree with the plain sums", "[kernels]") {
  const bool masked = GENERATE(false, true), causal = GENERATE(false, true);
  const Dropout drop{.p = GENERATE(0.0, 0.25), .stream = {3, 4}};
  for (AttentionShape shape : {AttentionShape{1, 1, 1, 1, 1}, AttentionShape{2, 3, 5, 7, 4},
                               AttentionShape{3, 2, 33, 17, 16}, AttentionShape{2, 1, 4, 40, 8}}) {
    check_against_plain<double>(shape, masked, causal, drop);
    on_each_target([&] { check_against_plain<float>(shape, masked, causal, drop); });
  }
}

TEST_CASE("attention over more queries than fit the cache at once", "[kernels]") {
  const bool causal = GENERATE(false, true);
  check_against_plain<float>({1, 2, 150, 1100, 4}, false, causal, {.p = 0.25, .stream = {3, 4}});
}

TEST_CASE("a query that may look at no key gives 0 and passes no gradient", "[kernels]") {
  AttentionExample<float> e({1, 2, 3, 5, 4}, true);
  e.key_bias.assign(e.key_bias.size(), -kInfinity);
  run(e, 0.5, {});
  CHECK(e.out == Array(e.out.size(), 0.0F));
  for (const Array* gradient : {&e.dq, &e.dk, &e.dv}) {
    CHECK(worst_error(*gradient, Wide(gradient->size())) == 0);
  }
}

TEST_CASE("attention gives the same bits on any number of threads", "[kernels]") {
  CHECK(same_on_any_threads([] {
    AttentionExample<float> e({4, 3, 20, 20, 8}, true);
    run(e, 0.5, {.p = 0.1, .stream = {5, 6}});
    Array all = e.out;
    for (const Array* part : {&e.dq, &e.dk, &e.dv})
      all.insert(all.end(), part->begin(), part->end());
    return all;
  }));
}
