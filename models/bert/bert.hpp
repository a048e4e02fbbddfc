// BERT (Devlin et al. 2019) with the two heads of its pre-training. Parameters have the names of
// Hugging Face's BertForPreTraining.
#pragma once

#include <memory>

#include "models/bert/config.hpp"
#include "nn/nn.hpp"

namespace gradus::bert {

// A batch of token sequences, padded to one length.
struct Input {
  Tensor ids;       // [batch, seq] int64
  Tensor types;     // [batch, seq] int64: 0 for the first segment, 1 for the second
  Tensor key_bias;  // [batch, seq]: 0 for tokens, −∞ for padding; undefined without padding
};

// E = layer_norm(word[id] + position[i] + type[t]), then dropout
class Embeddings : public nn::Module {
 public:
  explicit Embeddings(const Config& config);
  // → [batch, seq, hidden]. Throws ShapeError for sequences longer than the positions, IndexError for
  // an id that the model does not have.
  Tensor forward(const Input& input) const;

  nn::Embedding word, position, type;
  nn::LayerNorm norm;

 private:
  nn::Dropout dropout_;
};

// Embeddings, encoder, and the pooler, which reads the first token ([CLS]).
class BertModel : public nn::Module {
 public:
  explicit BertModel(const Config& config);
  Tensor forward(const Input& input) const;  // → [batch, seq, hidden]
  Tensor pool(const Tensor& hidden) const;   // → [batch, hidden], tanh(W·h_[CLS] + b)

  // The same pass, looked into: what forward() gives, and how every layer's heads attended.
  struct Trace {
    Tensor hidden;                  // [batch, seq, hidden]
    std::vector<Tensor> attention;  // of each layer [batch, heads, seq, seq], rows sum to 1
  };
  Trace trace(const Input& input) const;

  Embeddings embeddings;
  std::vector<std::unique_ptr<nn::EncoderLayer>> layers;
  nn::Linear pooler;
};

// The MLM head: what stood at a masked position? The decoder shares its matrix with the word
// embeddings.   logits = layer_norm(gelu(W·h + b))·Eᵀ + bias
class MlmHead : public nn::Module {
 public:
  explicit MlmHead(const Config& config);
  Tensor forward(const Tensor& hidden,
                 const Tensor& word_embeddings) const;  // [n, hidden] → [n, vocab]

  nn::Linear dense;
  nn::LayerNorm norm;
  Tensor bias;  // [vocab]

 private:
  kernels::GeluForm activation_;
};

class BertForPreTraining : public nn::Module {
 public:
  explicit BertForPreTraining(const Config& config);

  // Draws BERT's initial weights from default_generator(): matrices normal with standard deviation
  // config.initializer_range, biases 0, LayerNorms 1 and 0.
  void initialize();

  struct Output {
    Tensor mlm_logits;  // [positions, vocab]
    Tensor nsp_logits;  // [batch, 2]: 0 is "the second segment follows the first"
  };
  // positions [n] int64 are indices into the flattened [batch·seq]: only they are decoded.
  Output forward(const Input& input, const Tensor& positions) const;

  const Config config;
  BertModel bert;
  MlmHead mlm;
  nn::Linear nsp;
};

// A model with BERT's initial weights.
std::unique_ptr<BertForPreTraining> new_model(const Config& config);

}  // namespace gradus::bert
