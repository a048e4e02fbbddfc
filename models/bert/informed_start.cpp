#include "models/bert/informed_start.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/core.hpp"
#include "nn/init.hpp"

namespace gradus::bert {
namespace {

constexpr double kDeviation = 0.05;  // of matrices: about 1/√hidden for a BERT-mini
constexpr double kPositionDeviation = 0.02;
constexpr double kSinusoid = 0.07;   // amplitude, above the words' noise in its coordinates
constexpr double kShare = 0.1;       // what words keep of the coordinates of the positions
constexpr double kResidual = 0.3;    // what a sublayer's output starts with
constexpr double kIdentity = 0.7;    // of the MLM head's matrix; the rest is noise
constexpr double kSoftLogits = 0.5;  // keeps the first loss near ln V
constexpr double kQuietHead = 0.1;   // of the NSP head: its first loss is ln 2
constexpr double kLook = 1.5;        // how sharply a head looks to its side
constexpr double kHeadNoise = 0.3;   // what such a head keeps of its random weights

// Where each head of the first layers looks: so many tokens to the right of its own.
const std::vector<std::vector<int>> kLooks = {{-1, 1, -2, 2}, {-1, 1}};

// ω_k, for a pair of coordinates (cos ω_k·p, sin ω_k·p): from nearly a half turn a token down to
// a sixteenth of that, so that each distance of a few tokens has a pattern of its own.
double frequency(int64_t k, int64_t pairs) {
  return 0.9 * std::numbers::pi /
         std::exp2(4.0 * static_cast<double>(k) / static_cast<double>(pairs));
}

void scale(const Tensor& weights, double factor) { weights.detach().mul_(factor); }

// p → (cos ω·p, sin ω·p) in the last `size` coordinates of the position embeddings
void write_sinusoids(const Tensor& positions, int64_t size) {
  const int64_t hidden = positions.size(1), pairs = size / 2;
  for (int64_t p = 0; p < positions.size(0); ++p) {
    float* row = positions.data<float>() + p * hidden + hidden - size;
    for (int64_t k = 0; k < pairs; ++k) {
      const double angle = frequency(k, pairs) * static_cast<double>(p);
      row[k] = static_cast<float>(kSinusoid * std::cos(angle));
      row[pairs + k] = static_cast<float>(kSinusoid * std::sin(angle));
    }
  }
}

// Makes a head's query the position `shift` tokens on, and its key the position itself: their product
//   Σ_k cos(ω_k·(p + shift))·cos(ω_k·p') + sin(...)·sin(...) = Σ_k cos(ω_k·(p + shift − p'))
// is largest at p' = p + shift.
void look_aside(const nn::MultiHeadAttention& attention, int64_t head, int64_t head_dim,
                int shift) {
  const int64_t hidden = attention.query.weight.size(1), pairs = head_dim / 2;
  const Tensor query = attention.query.weight.detach().narrow(0, head * head_dim, head_dim);
  const Tensor key = attention.key.weight.detach().narrow(0, head * head_dim, head_dim);
  scale(query, kHeadNoise);
  scale(key, kHeadNoise);
  float* q = query.data<float>() + hidden - head_dim;  // [head_dim][hidden], at the sinusoids
  float* k = key.data<float>() + hidden - head_dim;
  for (int64_t i = 0; i < pairs; ++i) {
    const double angle = frequency(i, pairs) * shift;
    const auto c = static_cast<float>(kLook * std::cos(angle));
    const auto s = static_cast<float>(kLook * std::sin(angle));
    float* cos_row = q + i * hidden;            // cos(ω(p + shift)) = c·cos ωp − s·sin ωp
    float* sin_row = q + (pairs + i) * hidden;  // sin(ω(p + shift)) = s·cos ωp + c·sin ωp
    cos_row[i] += c, cos_row[pairs + i] -= s;
    sin_row[i] += s, sin_row[pairs + i] += c;
    k[i * hidden + i] += static_cast<float>(kLook);
    k[(pairs + i) * hidden + pairs + i] += static_cast<float>(kLook);
  }
}

}  // namespace

void informed_start(BertForPreTraining& model, int64_t mask_token) {
  const Config& config = model.config;
  const int64_t head_dim = config.hidden_size / config.num_attention_heads;
  require<ValueError>(head_dim % 2 == 0, "the informed start needs heads of even width, not {}",
                      head_dim);
  const NoGrad no_grad;
  for (auto& [name, parameter] : model.named_parameters()) {
    if (parameter.dim() > 1) parameter.copy_(nn::normal_init(parameter.shape(), kDeviation));
  }
  const Embeddings& embeddings = model.bert.embeddings;
  const Tensor words = embeddings.word.weight.detach();
  scale(words.narrow(1, config.hidden_size - head_dim, head_dim), kShare);
  scale(words.narrow(0, mask_token, 1), kShare);
  scale(embeddings.position.weight, kPositionDeviation / kDeviation);
  write_sinusoids(embeddings.position.weight, head_dim);

  for (const auto& layer : model.bert.layers) {
    scale(layer->attention.output.weight, kResidual);
    scale(layer->feed_forward.out.weight, kResidual);
  }
  for (size_t l = 0; l < std::min(kLooks.size(), model.bert.layers.size()); ++l) {
    const auto heads = std::min(kLooks[l].size(), static_cast<size_t>(config.num_attention_heads));
    for (size_t h = 0; h < heads; ++h) {
      look_aside(model.bert.layers[l]->attention, static_cast<int64_t>(h), head_dim, kLooks[l][h]);
    }
  }
  scale(model.nsp.weight, kQuietHead);
  scale(model.mlm.norm.weight, kSoftLogits);
  scale(model.mlm.dense.weight, 1 - kIdentity);
  for (int64_t i = 0; i < config.hidden_size; ++i) {
    model.mlm.dense.weight.data<float>()[i * config.hidden_size + i] +=
        static_cast<float>(kIdentity);
  }
}

}  // namespace gradus::bert
