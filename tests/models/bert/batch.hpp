// A small BERT and a batch for it, for the tests of the model.
#pragma once

#include "models/bert/bert.hpp"
#include "tests/nn/support.hpp"

namespace gradus::test {

struct Batch {
  bert::Input input;
  Tensor positions;   // [n] of the masked tokens in the flattened [batch·seq]
  Tensor labels;      // [n]
  Tensor nsp_labels;  // [batch]
};

inline bert::Config small_config() {
  return {.vocab_size = 60,
          .hidden_size = 32,
          .num_hidden_layers = 2,
          .num_attention_heads = 4,
          .intermediate_size = 64,
          .max_position_embeddings = 24,
          .hidden_dropout_prob = 0,
          .attention_probs_dropout_prob = 0,
          .initializer_range = 0.2};
}

// Random sequences of the given lengths, padded to `seq` by `pad`; two tokens of each are masked.
// The tokens and labels depend on the lengths and on the vocabulary, not on the padding.
inline Batch make_batch(const std::vector<int64_t>& lengths, int64_t seq, int64_t vocab,
                        int64_t pad = 0) {
  RandomReader random({.seed = 12, .stream = 34});
  const auto draw = [&](int64_t bound) {
    return static_cast<int64_t>(random.below(static_cast<uint64_t>(bound)));
  };
  const auto batch = static_cast<int64_t>(lengths.size());
  std::vector<int64_t> ids, types, positions, labels, nsp_labels;
  for (int64_t row = 0; row < batch; ++row) {
    const int64_t length = lengths[static_cast<size_t>(row)];
    for (int64_t i = 0; i < seq; ++i) {
      ids.push_back(i < length ? draw(vocab) : pad);
      types.push_back(i >= length / 2 && i < length);
    }
    for (const int64_t i : {int64_t{1}, length - 2}) {
      positions.push_back(row * seq + i);
      labels.push_back(draw(vocab));
    }
    nsp_labels.push_back(row % 2);
  }
  return {.input = {.ids = tensor(ids, {batch, seq}),
                    .types = tensor(types, {batch, seq}),
                    .key_bias = nn::key_bias_from_mask(mask_of_lengths(lengths, seq))},
          .positions = integers(positions),
          .labels = integers(labels),
          .nsp_labels = integers(nsp_labels)};
}

inline Tensor loss_of(const bert::BertForPreTraining& model, const Batch& batch) {
  const auto output = model.forward(batch.input, batch.positions);
  return cross_entropy(output.mlm_logits, batch.labels) +
         cross_entropy(output.nsp_logits, batch.nsp_labels);
}

// The gradients of all parameters, and the loss at the end.
inline Tensors gradients_of(const bert::BertForPreTraining& model, const Batch& batch) {
  const Tensor loss = loss_of(model, batch);
  Tensors all = grad({loss}, model.parameters(), {}, {.allow_unused = true});
  all.push_back(loss);
  return all;
}

}  // namespace gradus::test
