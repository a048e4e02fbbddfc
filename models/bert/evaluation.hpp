// How well a BERT does its two tasks on text that it was not trained on.
#pragma once

#include <span>

#include "models/bert/bert.hpp"
#include "models/text/text.hpp"

namespace gradus::bert {

struct Scores {
  double mlm_accuracy = 0;  // of the masked tokens, the part whose best guess is right; 0 to 1
  double mlm_loss = 0;      // mean of −ln p(token), in nats
  int64_t masked_tokens = 0;
  double nsp_accuracy = 0;  // of the pairs, 0 to 1; chance is 0.5
  double nsp_loss = 0;
  int64_t pairs = 0;  // 0 when the text allows none; the two NSP numbers mean nothing then
};

// Scores the batches without dropout; restores the model's mode. Recorded in no graph.
Scores evaluate(BertForPreTraining& model, std::span<const text::Batch> batches);

// A batch as the model reads it.
Input to_input(const text::Batch& batch);

}  // namespace gradus::bert
