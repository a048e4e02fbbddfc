#include "models/bert/bert.hpp"

#include "core/core.hpp"
#include "nn/init.hpp"

namespace gradus::bert {
namespace {

nn::EncoderOptions encoder_options(const Config& config) {
  return {.hidden = config.hidden_size,
          .heads = config.num_attention_heads,
          .intermediate = config.intermediate_size,
          .dropout = config.hidden_dropout_prob,
          .attention_dropout = config.attention_probs_dropout_prob,
          .norm_eps = config.layer_norm_eps,
          .activation = config.hidden_act};
}

nn::LayerNormOptions norm_options(const Config& config) {
  return {.dim = config.hidden_size, .eps = config.layer_norm_eps};
}

const Config& validated(const Config& config) {
  config.validate();
  return config;
}

// ids [batch, seq] must be in [0, size).
void check_ids(const char* what, const Tensor& ids, int64_t size) {
  require<DTypeError>(ids.dtype() == DType::int64, "{} ids must be int64, not {}", what,
                      name_of(ids.dtype()));
  for (const int64_t id : ids.to_vector<int64_t>()) {
    require<IndexError>(id >= 0 && id < size, "{} id {} is not one of the model's {}", what, id,
                        size);
  }
}

}  // namespace

Embeddings::Embeddings(const Config& config)
    : word({.count = config.vocab_size, .dim = config.hidden_size}),
      position({.count = config.max_position_embeddings, .dim = config.hidden_size}),
      type({.count = config.type_vocab_size, .dim = config.hidden_size}),
      norm(norm_options(config)),
      dropout_(config.hidden_dropout_prob) {
  add_module("word_embeddings", word);
  add_module("position_embeddings", position);
  add_module("token_type_embeddings", type);
  add_module("LayerNorm", norm);
  add_module("dropout", dropout_);
}

Tensor Embeddings::forward(const Input& input) const {
  require<ShapeError>(input.ids.dim() == 2 && input.types.shape() == input.ids.shape(),
                      "token ids {} and types {} must both be [batch, seq]", input.ids.shape(),
                      input.types.shape());
  check_ids("token", input.ids, word.weight.size(0));
  check_ids("token type", input.types, type.weight.size(0));
  const int64_t seq = input.ids.size(1);
  require<ShapeError>(seq <= position.weight.size(0),
                      "the sequences have {} tokens, the model has {} positions", seq,
                      position.weight.size(0));
  const Tensor positions = expand(arange(seq), input.ids.shape());  // 0, 1, 2, ... in every row
  return embedding_layer_norm(                                      // [batch, seq, hidden]
      {input.ids, positions, input.types}, {word.weight, position.weight, type.weight}, norm.weight,
      norm.bias, {.eps = norm.eps, .p = dropout_.probability(), .stream = dropout_.next_stream()});
}

BertModel::BertModel(const Config& config)
    : embeddings(config), pooler({.in = config.hidden_size, .out = config.hidden_size}) {
  add_module("embeddings", embeddings);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    layers.push_back(std::make_unique<nn::EncoderLayer>(encoder_options(config)));
    add_module(fmt::format("encoder.layer.{}", i), *layers.back());
  }
  add_module("pooler.dense", pooler);
}

Tensor BertModel::forward(const Input& input) const {
  Tensor x = embeddings.forward(input);
  for (const auto& layer : layers) x = layer->forward(x, input.key_bias);
  return x;
}

BertModel::Trace BertModel::trace(const Input& input) const {
  Trace trace{.hidden = embeddings.forward(input), .attention = {}};
  for (const auto& layer : layers) {
    Tensor& x = trace.hidden;  // [batch, seq, hidden], what this layer attends to
    trace.attention.push_back(layer->attention.weights(x, x, input.key_bias));
    x = layer->forward(x, input.key_bias);
  }
  return trace;
}

Tensor BertModel::pool(const Tensor& hidden) const {
  return tanh(pooler.forward(hidden.select(1, 0)));
}

MlmHead::MlmHead(const Config& config)
    : dense({.in = config.hidden_size, .out = config.hidden_size}),
      norm(norm_options(config)),
      activation_(config.hidden_act) {
  bias = add_parameter("bias", zeros({config.vocab_size}));
  add_module("transform.dense", dense);
  add_module("transform.LayerNorm", norm);
}

// #region mlm-head
Tensor MlmHead::forward(const Tensor& hidden, const Tensor& word_embeddings) const {
  const Tensor x = bias_gelu(linear(hidden, dense.weight), dense.bias, activation_);
  return linear(norm.forward(x), word_embeddings, bias);
}
// #endregion mlm-head

BertForPreTraining::BertForPreTraining(const Config& c)
    : config(validated(c)), bert(config), mlm(config), nsp({.in = config.hidden_size, .out = 2}) {
  add_module("bert", bert);
  add_module("cls.predictions", mlm);
  add_module("cls.seq_relationship", nsp);
}

void BertForPreTraining::initialize() {
  const NoGrad no_grad;
  for (auto& [name, parameter] : named_parameters()) {
    if (parameter.dim() > 1) {
      parameter.copy_(nn::normal_init(parameter.shape(), config.initializer_range));
    } else {
      parameter.fill_(name.ends_with("LayerNorm.weight") ? 1 : 0);
    }
  }
}

// #region forward
BertForPreTraining::Output BertForPreTraining::forward(const Input& input,
                                                       const Tensor& positions) const {
  const Tensor hidden = bert.forward(input);                              // [batch, seq, hidden]
  const Tensor masked = hidden.flatten(0, 1).index_select(0, positions);  // [positions, hidden]
  return {.mlm_logits = mlm.forward(masked, bert.embeddings.word.weight),
          .nsp_logits = nsp.forward(bert.pool(hidden))};
}
// #endregion forward

std::unique_ptr<BertForPreTraining> new_model(const Config& config) {
  auto model = [&] {
    const nn::SkipInit skip;  // the layers' own distributions would be overwritten
    return std::make_unique<BertForPreTraining>(config);
  }();
  model->initialize();
  return model;
}

}  // namespace gradus::bert
