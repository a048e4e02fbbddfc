// What stands at [MASK]?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/bert/bert.hpp"
#include "models/text/wordpiece.hpp"

namespace gradus::bert {

struct Guess {
  std::string token;
  double probability;    // 0 to 1
  std::string sentence;  // the text with this token in the place of this mask
};

// The `top` likeliest tokens for every [MASK] in the text, best first. Other masks stay open in a
// guess's sentence. Throws ValueError if the text holds no [MASK], or is longer than the model reads.
std::vector<std::vector<Guess>> fill_mask(BertForPreTraining& model,
                                          const text::WordPiece& tokenizer, std::string_view text,
                                          int64_t top);

}  // namespace gradus::bert
