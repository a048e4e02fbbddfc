// The cases of each family. Arrays have the sizes of BERT-mini's training step: 4,096 positions of
// 256 wide, 32 sequences of 128 with 4 heads.
#include <fmt/format.h>

#include "core/core.hpp"
#include "core/kernels/attention.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/gemm.hpp"
#include "core/kernels/gemm_plain.hpp"
#include "core/kernels/gemm_simd.hpp"
#include "core/kernels/normalization.hpp"
#include "core/kernels/onednn.hpp"
#include "core/kernels/optimizer.hpp"
#include "models/bench/benchmark.hpp"
#include "models/text/text.hpp"

namespace gradus::bench {
namespace {

using kernels::Dropout;

constexpr Dropout kDrop{.p = 0.1, .stream = {1, 2}};
constexpr double kFloat = sizeof(float);

// A flat array that lives as long as the case that captures it.
Tensor array(int64_t n) { return randn({n}, {.seed = 7, .stream = 0}); }

std::string size_of(int64_t rows, int64_t cols) { return fmt::format("{} × {}", rows, cols); }

Cases softmax_cases() {
  Cases cases;
  for (const auto& [rows, cols] :
       {std::pair<int64_t, int64_t>{512, 128}, {8, 8192}, {16384, 128}, {640, 8192}}) {
    const int64_t n = rows * cols;
    const Tensor x = array(n), y = array(n), dy = array(n);
    const std::string size = size_of(rows, cols);
    const auto bytes = [n](double arrays) { return arrays * kFloat * static_cast<double>(n); };
    cases.push_back(
        {.name = "softmax", .size = size, .bytes = bytes(2), .run = [=, r = rows, c = cols] {
           kernels::softmax(x.data<float>(), y.data<float>(), r, c);
         }});
    cases.push_back({.name = "softmax backward",
                     .size = size,
                     .bytes = bytes(3),
                     .run = [=, r = rows, c = cols] {
                       kernels::softmax_backward(y.data<float>(), dy.data<float>(), x.data<float>(),
                                                 r, c);
                     }});
  }
  return cases;
}

Cases layer_norm_cases() {
  const int64_t rows = 4096, cols = 256, n = rows * cols;
  const Tensor x = array(n), residual = array(n), sum = array(n), y = array(n), dy = array(n);
  const Tensor gamma = array(cols), beta = array(cols), mean = array(rows), rstd = array(rows);
  const Tensor dgamma = array(cols), dbeta = array(cols);
  const auto bytes = [=](double arrays) { return arrays * kFloat * static_cast<double>(n); };
  const auto forward = [=] {
    const kernels::LayerNorm<float> norm{gamma.data<float>(), beta.data<float>(),
                                         mean.data<float>(), rstd.data<float>(), 1e-12};
    kernels::dropout_add_layer_norm(norm, kDrop, x.data<float>(), residual.data<float>(),
                                    sum.data<float>(), y.data<float>(), rows, cols);
  };
  const auto backward = [=] {
    const kernels::LayerNorm<const float> norm{gamma.data<float>(), beta.data<float>(),
                                               mean.data<float>(), rstd.data<float>(), 1e-12};
    const kernels::LayerNormGradients<float> grads{residual.data<float>(), dgamma.data<float>(),
                                                   dbeta.data<float>()};
    kernels::dropout_add_layer_norm_backward(norm, kDrop, sum.data<float>(), dy.data<float>(),
                                             grads, x.data<float>(), rows, cols);
  };
  forward();  // so that the backward finds the mean and the deviation of each row
  const std::string size = size_of(rows, cols);
  return {{.name = "dropout + add + layer norm", .size = size, .bytes = bytes(4), .run = forward},
          {.name = "its backward", .size = size, .bytes = bytes(4), .run = backward}};
}

Cases gelu_cases() {
  const int64_t rows = 4096, cols = 1024, n = rows * cols;
  const Tensor x = array(n), y = array(n), dy = array(n), bias = array(cols), dbias = array(cols);
  Cases cases;
  for (const auto form : {kernels::GeluForm::erf, kernels::GeluForm::tanh}) {
    const std::string name = form == kernels::GeluForm::erf ? "erf" : "tanh",
                      size = size_of(rows, cols);
    const double bytes = kFloat * static_cast<double>(n);
    cases.push_back({.name = "bias + gelu, " + name, .size = size, .bytes = 2 * bytes, .run = [=] {
                       kernels::bias_gelu(form, x.data<float>(), bias.data<float>(),
                                          y.data<float>(), rows, cols);
                     }});
    cases.push_back(
        {.name = "bias + gelu backward, " + name, .size = size, .bytes = 3 * bytes, .run = [=] {
           kernels::bias_gelu_backward(form, x.data<float>(), bias.data<float>(), dy.data<float>(),
                                       y.data<float>(), dbias.data<float>(), rows, cols);
         }});
  }
  return cases;
}

Cases adam_cases() {
  const int64_t n = 4 << 20;
  const Tensor p = array(n), g = array(n), m = zeros({n}), v = ones({n});
  const kernels::AdamStep step{
      .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6, .weight_decay = 0.01};
  const double bytes = kFloat * static_cast<double>(n);
  return {{.name = "AdamW step", .size = fmt::format("{}", n), .bytes = 7 * bytes, .run = [=] {
             kernels::adam_step(step, p.data<float>(), g.data<float>(), m.data<float>(),
                                v.data<float>(), n);
           }}};
}

Cases attention_cases() {
  Cases cases;
  for (const int64_t seq : {128, 512, 2048}) {
    const int64_t positions = 4096, hidden = 256, n = positions * hidden;
    const kernels::AttentionShape shape{
        .batch = positions / seq, .heads = 4, .seq_q = seq, .seq_k = seq, .head_dim = hidden / 4};
    const kernels::AttentionScores<float> scores{.scale = 0.125, .drop = kDrop};
    const Tensor q = array(n), k = array(n), v = array(n), out = array(n), dout = array(n);
    const Tensor dq = array(n), dk = array(n), dv = array(n), log_sums = array(positions * 4);
    const double product = 2.0 * static_cast<double>(n * seq);  // of one [seq, seq] of scores
    const auto forward = [=] {
      kernels::attention(shape, scores, q.data<float>(), k.data<float>(), v.data<float>(),
                         {out.data<float>(), log_sums.data<float>()});
    };
    const auto both = [=] {
      forward();
      kernels::attention_backward(shape, scores, q.data<float>(), k.data<float>(), v.data<float>(),
                                  {out.data<float>(), log_sums.data<float>()}, dout.data<float>(),
                                  dq.data<float>(), dk.data<float>(), dv.data<float>());
    };
    const std::string size = fmt::format("{} × {}, 4 heads", positions / seq, seq);
    cases.push_back({.name = "attention", .size = size, .flops = 2 * product, .run = forward});
    // the fifth product of the backward, which makes the scores again, is not counted
    cases.push_back(
        {.name = "attention and backward", .size = size, .flops = 6 * product, .run = both});
  }
  return cases;
}

// One product in one thread, from three loops to the libraries: docs/products.md tells the steps.
Cases gemm_steps() {
  const int64_t n = 512;
  const Tensor a = array(n * n), b = array(n * n), c = array(n * n);
  const kernels::Matrix<const float> left{a.data<float>(), n}, right{b.data<float>(), n};
  const kernels::Matrix<float> to{c.data<float>(), n};
  const auto step = [&](std::string name, std::function<void()> run) {
    return Case{.name = "product, " + name,
                .size = fmt::format("{0} × {0} × {0}", n),
                .flops = 2.0 * n * n * n,
                .threads = 1,
                .run = std::move(run)};
  };
  Cases cases = {
      step("naive", [=] { kernels::gemm_naive(n, n, n, 1.0F, left, right, 0.0F, to); }),
      step("blocked", [=] { kernels::gemm_plain(n, n, n, 1.0F, left, right, 0.0F, to); }),
      step("SIMD", [=] { kernels::gemm_simd(n, n, n, 1.0F, left, right, 0.0F, to); }),
      step(kernels::gemm_backend().name,
           [=] { kernels::gemm_openblas(n, n, n, 1.0F, left, right, 0.0F, to); })};
  if (const kernels::OneDnn& onednn = kernels::onednn(); onednn.sgemm != nullptr) {
    cases.push_back(
        step(onednn.version, [=] { kernels::gemm_onednn(n, n, n, 1.0F, left, right, 0.0F, to); }));
  }
  return cases;
}

Cases gemm_cases() {
  struct Product {
    std::string name;
    int64_t m, n, k;
    bool a_transposed, b_transposed;
  };
  Cases cases = gemm_steps();
  for (const Product& p : {Product{"projection", 4096, 256, 256, false, true},
                           {"wide layer", 4096, 1024, 256, false, true},
                           {"decoder", 640, 8192, 256, false, true},
                           {"dx of the wide layer", 4096, 256, 1024, false, false},
                           {"dW of the wide layer", 1024, 256, 4096, true, false},
                           {"dW of the decoder", 8192, 256, 640, true, false},
                           {"large", 2048, 2048, 2048, false, false}}) {
    const Tensor a = array(p.m * p.k), b = array(p.k * p.n), c = array(p.m * p.n);
    const auto run = [=] {
      kernels::gemm(p.m, p.n, p.k, 1.0F,
                    {a.data<float>(), p.a_transposed ? p.m : p.k, p.a_transposed},
                    {b.data<float>(), p.b_transposed ? p.k : p.n, p.b_transposed}, 0.0F,
                    {c.data<float>(), p.n});
    };
    const std::string_view turned = p.a_transposed ? ", Aᵀ" : p.b_transposed ? ", Bᵀ" : "";
    cases.push_back({.name = "product, " + p.name,
                     .size = fmt::format("{} × {} × {}{}", p.m, p.n, p.k, turned),
                     .flops = 2 * static_cast<double>(p.m) * static_cast<double>(p.n * p.k),
                     .run = run});
  }
  return cases;
}

Cases tokenizer_cases(const TextFile& file) {
  const text::Corpus corpus = text::read_corpus(std::vector{file});
  std::vector<std::string> sentences;
  for (const text::Document& document : corpus.documents) {
    sentences.insert(sentences.end(), document.sentences.begin(), document.sentences.end());
  }
  const auto train = [=] {
    text::WordCounts words;
    for (const std::string& sentence : sentences) words.add(sentence);
    return text::train_vocabulary(words, {.size = 8192});
  };
  const auto bytes = static_cast<double>(corpus.bytes);
  const std::string size = fmt::format("{:.1f} MB", bytes / 1e6);
  return {{.name = "WordPiece encoding",
           .size = size,
           .text_bytes = bytes,
           .run =
               [sentences, tokenizer = text::WordPiece(train())] {
                 for (const std::string& sentence : sentences) tokenizer.ids(sentence);
               }},
          {.name = "vocabulary of 8,192", .size = size, .text_bytes = bytes, .run = train}};
}

// What operations cost beside their arithmetic, of which these have next to none. The milliseconds of a
// thousand are the microseconds of one. An operation's backward counts as another operation.
Cases small_cases() {
  const auto matrix = [](uint64_t stream) { return randn({4, 4}, {.seed = 7, .stream = stream}); };
  const Tensor a = matrix(0), b = matrix(1);
  const Tensor x = matrix(2).requires_grad_(), w = matrix(3).requires_grad_();
  const auto network = [=] { return sum(matmul(relu(matmul(x, w)), w)); };
  const auto a_thousand = [](std::string name, double operations, auto once) {
    constexpr int kTimes = 1000;
    return Case{.name = std::move(name),
                .size = fmt::format("{} of 4 × 4", kTimes),
                .operations = kTimes * operations,
                .run = [=] {
                  for (int i = 0; i < kTimes; ++i) once();
                }};
  };
  return {a_thousand("add", 1, [=] { add(a, b); }), a_thousand("matmul", 1, [=] { matmul(a, b); }),
          a_thousand("two layers", 4, network), a_thousand("two layers and backward", 8, [=] {
            grad({network()}, {x, w});
          })};
}

struct Family {
  std::string_view name;
  std::function<Cases(const TextFile&)> cases;
};

const std::vector<Family>& all_families() {
  static const std::vector<Family> all{
      {"softmax", [](const TextFile&) { return softmax_cases(); }},
      {"layernorm", [](const TextFile&) { return layer_norm_cases(); }},
      {"gelu", [](const TextFile&) { return gelu_cases(); }},
      {"adam", [](const TextFile&) { return adam_cases(); }},
      {"attention", [](const TextFile&) { return attention_cases(); }},
      {"gemm", [](const TextFile&) { return gemm_cases(); }},
      {"tokenizer", tokenizer_cases},
      {"small", [](const TextFile&) { return small_cases(); }}};
  return all;
}

}  // namespace

std::vector<std::string_view> families() {
  std::vector<std::string_view> names;
  for (const Family& family : all_families()) names.push_back(family.name);
  return names;
}

Cases cases_of(std::string_view family, const TextFile& text) {
  for (const auto& [name, cases] : all_families()) {
    if (name == family) return cases(text);
  }
  throw ValueError(fmt::format("bench: no family of kernels is called '{}'", family));
}

}  // namespace gradus::bench
