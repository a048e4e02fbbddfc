// Where each head of each layer looks, for one text or a pair: the weights softmax(QKᵀ/√d) of every
// MultiHeadAttention (Vaswani et al. 2017, equation 1), in numbers to be shown or saved.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/bert/bert.hpp"
#include "models/bert/predictions.hpp"
#include "models/text/wordpiece.hpp"

namespace gradus::bert {

struct AttentionMap {
  struct Mask {
    int64_t position;  // of this [MASK] among the tokens
    std::vector<Prediction> predictions;
  };

  std::vector<std::string> tokens;           // [CLS] a [SEP], or [CLS] a [SEP] b [SEP]
  std::vector<int32_t> segments;             // of each token: 0, or 1 for the second text
  std::vector<Tensor> layers;                // each [heads, seq_q, seq_k], rows sum to 1
  std::vector<std::vector<double>> entropy;  // [layer][head]: mean_entropy of its rows
  std::vector<Mask> masks;                   // one for each [MASK] in the text
};

// One forward pass without dropout; leaves the model in evaluation mode. `top` predictions for each
// mask. Throws ValueError if a text is empty, or if both are longer than the model reads.
AttentionMap attention_map(BertForPreTraining& model, const text::WordPiece& tokenizer,
                           std::string_view first, std::optional<std::string_view> second = {},
                           int64_t top = 5);

// H = −Σ_k p_k ln p_k of each row p of weights [seq_q, seq_k], averaged over the queries, in nats: 0
// if each query looks at one token, ln seq_k if it looks at all alike.
double mean_entropy(const Tensor& weights);

// {"tokens", "segments", "attention" [layer][head][query][key], "entropy" [layer][head], "masks"},
// weights rounded to 7 decimals, without line breaks.
std::string to_json(const AttentionMap& map);

}  // namespace gradus::bert
