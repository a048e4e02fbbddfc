// A small BERT that can read: nine words.
#pragma once

#include "models/bert/attention_map.hpp"
#include "tests/models/bert/batch.hpp"

namespace gradus::test {

struct SmallReader {
  text::WordPiece tokenizer{
      text::Vocabulary({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sees", "a",
                        "dog", "##s", "<b>", "</script>", "{{data}}"})};
  std::unique_ptr<bert::BertForPreTraining> model = [this] {
    manual_seed(3);
    bert::Config config = small_config();
    config.vocab_size = tokenizer.vocabulary().size();
    return bert::new_model(config);
  }();

  bert::AttentionMap attention(std::string_view first, std::optional<std::string_view> second = {},
                               int64_t top = 5) const {
    return bert::attention_map(*model, tokenizer, first, second, top);
  }
};

}  // namespace gradus::test
