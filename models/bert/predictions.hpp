// The MLM head's answers in words.
#pragma once

#include <string>
#include <vector>

#include "core/tensor/tensor.hpp"
#include "models/text/vocabulary.hpp"

namespace gradus::bert {

struct Prediction {
  std::string token;
  double probability;  // 0 to 1
};

// The `top` likeliest tokens for each row of logits [n, vocab], best first; of equally likely ones
// the first of the vocabulary. Throws ValueError unless `top` is at least 1.
std::vector<std::vector<Prediction>> top_predictions(const Tensor& logits,
                                                     const text::Vocabulary& vocabulary,
                                                     int64_t top);

}  // namespace gradus::bert
