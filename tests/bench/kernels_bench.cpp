// How fast the kernels are at the sizes of BERT-mini's training step: 4096 positions of 256 wide,
// 32 sequences of 128 with 4 heads. Rates: bytes are those a kernel must read and write once.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/kernels/attention.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/gemm.hpp"
#include "core/kernels/normalization.hpp"
#include "core/kernels/optimizer.hpp"
#include "core/random/philox.hpp"

namespace {

using namespace gradus;
using namespace gradus::kernels;
using Array = std::vector<float>;

constexpr Dropout kDrop{.p = 0.1, .stream = {1, 2}};

Array random_array(int64_t n) {
  RandomReader random({7, 0});
  Array x(static_cast<size_t>(n));
  for (float& value : x) value = static_cast<float>(random.normal());
  return x;
}

// Counts `arrays` passes over n floats, and n elements, for each iteration.
void report(benchmark::State& state, int64_t n, int64_t arrays) {
  const int64_t elements = static_cast<int64_t>(state.iterations()) * n;
  state.SetItemsProcessed(elements);
  state.SetBytesProcessed(elements * arrays * static_cast<int64_t>(sizeof(float)));
}

void bench_exp(benchmark::State& state) {
  const int64_t n = state.range(0);
  const Array x = random_array(n);
  Array y(x.size());
  for (auto _ : state) kernels::exp(x.data(), y.data(), n);
  report(state, n, 2);
}
BENCHMARK(bench_exp)->Name("exp")->Arg(1 << 10)->Arg(1 << 20)->UseRealTime();

void bench_gelu(benchmark::State& state) {
  const int64_t rows = 4096, cols = 1024;
  const auto form = static_cast<GeluForm>(state.range(0));
  const Array x = random_array(rows * cols), bias = random_array(cols);
  Array y(x.size());
  for (auto _ : state) bias_gelu(form, x.data(), bias.data(), y.data(), rows, cols);
  report(state, rows * cols, 2);
}
BENCHMARK(bench_gelu)->Name("bias_gelu/erf_or_tanh")->Arg(0)->Arg(1)->UseRealTime();

void bench_gelu_backward(benchmark::State& state) {
  const int64_t rows = 4096, cols = 1024;
  const auto form = static_cast<GeluForm>(state.range(0));
  const Array x = random_array(rows * cols), bias = random_array(cols);
  Array dx(x.size());
  for (auto _ : state) {
    bias_gelu_backward(form, x.data(), bias.data(), x.data(), dx.data(), rows, cols);
  }
  report(state, rows * cols, 3);
}
BENCHMARK(bench_gelu_backward)
    ->Name("bias_gelu_backward/erf_or_tanh")
    ->Arg(0)
    ->Arg(1)
    ->UseRealTime();

void bench_softmax(benchmark::State& state) {
  const int64_t cols = state.range(0), rows = (1 << 20) / cols;
  const Array x = random_array(rows * cols);
  Array y(x.size());
  for (auto _ : state) softmax(x.data(), y.data(), rows, cols);
  report(state, rows * cols, 2);
}
BENCHMARK(bench_softmax)->Name("softmax")->Arg(128)->Arg(8192)->UseRealTime();

void bench_layer_norm(benchmark::State& state) {
  const int64_t rows = 4096, cols = 256;
  const Array x = random_array(rows * cols), gamma = random_array(cols), beta = random_array(cols);
  Array sum(x.size()), y(x.size()), mean(rows), rstd(rows);
  const LayerNorm<float> norm{gamma.data(), beta.data(), mean.data(), rstd.data(), 1e-12};
  for (auto _ : state) {
    dropout_add_layer_norm(norm, kDrop, x.data(), x.data(), sum.data(), y.data(), rows, cols);
  }
  report(state, rows * cols, 4);
}
BENCHMARK(bench_layer_norm)->Name("dropout_add_layer_norm")->UseRealTime();

void bench_layer_norm_backward(benchmark::State& state) {
  const int64_t rows = 4096, cols = 256;
  const Array x = random_array(rows * cols), gamma = random_array(cols), mean(rows), rstd(rows);
  Array dresidual(x.size()), dx(x.size()), dgamma(cols), dbeta(cols);
  const LayerNorm<const float> norm{gamma.data(), gamma.data(), mean.data(), rstd.data(), 1e-12};
  const LayerNormGradients<float> grads{dresidual.data(), dgamma.data(), dbeta.data()};
  for (auto _ : state) {
    dropout_add_layer_norm_backward(norm, kDrop, x.data(), x.data(), grads, dx.data(), rows, cols);
  }
  report(state, rows * cols, 5);
}
BENCHMARK(bench_layer_norm_backward)->Name("dropout_add_layer_norm_backward")->UseRealTime();

void bench_dropout(benchmark::State& state) {
  const int64_t n = 4096 * 256;
  const Array x = random_array(n);
  Array y(x.size());
  for (auto _ : state) dropout(kDrop, x.data(), y.data(), n);
  report(state, n, 2);
}
BENCHMARK(bench_dropout)->Name("dropout")->UseRealTime();

void bench_adam(benchmark::State& state) {
  const int64_t n = 4 << 20;
  const AdamStep step{.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6, .weight_decay = 0.01};
  const Array g = random_array(n);
  Array p = g, m = g, v(g.size(), 1.0F);
  for (auto _ : state) adam_step(step, p.data(), g.data(), m.data(), v.data(), n);
  report(state, n, 7);
}
BENCHMARK(bench_adam)->Name("adam_step")->UseRealTime();

void bench_attention(benchmark::State& state) {
  const int64_t seq = state.range(1), n = 4096 * 256;
  const AttentionShape shape{
      .batch = 4096 / seq, .heads = 4, .seq_q = seq, .seq_k = seq, .head_dim = 64};
  const AttentionScores<float> scores{.scale = 0.125, .drop = kDrop};
  const Array q = random_array(n);
  Array out(q.size()), dq(q.size()), dk(q.size()), dv(q.size());
  const bool backward = state.range(0) != 0;
  for (auto _ : state) {
    if (backward) {
      attention_backward(shape, scores, q.data(), q.data(), q.data(), q.data(), dq.data(),
                         dk.data(), dv.data());
    } else {
      attention(shape, scores, q.data(), q.data(), q.data(), out.data());
    }
  }
  const double products = backward ? 4 : 2;  // the backward's fifth makes the scores again
  state.counters["flops"] = benchmark::Counter(products * 2 * 4096 * 256 * static_cast<double>(seq),
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(bench_attention)
    ->Name("attention")
    ->ArgNames({"backward", "seq"})
    ->ArgsProduct({{0, 1}, {128, 512, 2048}})
    ->UseRealTime();

// m, n, k, and whether A and B are transposed.
void bench_gemm(benchmark::State& state) {
  const int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const bool a_transposed = state.range(3) != 0, b_transposed = state.range(4) != 0;
  const Array a = random_array(m * k), b = random_array(k * n);
  Array c(static_cast<size_t>(m * n));
  for (auto _ : state) {
    gemm(m, n, k, 1.0F, {a.data(), a_transposed ? m : k, a_transposed},
         {b.data(), b_transposed ? k : n, b_transposed}, 0.0F, {c.data(), n});
  }
  state.counters["flops"] = benchmark::Counter(2.0 * static_cast<double>(m * n * k),
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(bench_gemm)
    ->Name("gemm")
    ->ArgNames({"m", "n", "k", "At", "Bt"})
    ->Args({4096, 256, 256, 0, 1})   // a projection, forward
    ->Args({4096, 1024, 256, 0, 1})  // the wide layer, forward
    ->Args({640, 8192, 256, 0, 1})   // the decoder of masked positions
    ->Args({4096, 256, 1024, 0, 0})  // dx of the wide layer
    ->Args({1024, 256, 4096, 1, 0})  // dW of the wide layer
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
