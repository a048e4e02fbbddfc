#include "models/bert/fill_mask.hpp"

#include <algorithm>
#include <numeric>

#include "core/core.hpp"

namespace gradus::bert {
namespace {

// `text` with the bytes of one mask replaced by a token; a ## piece joins the word before it.
std::string filled(std::string_view text, text::Span mask, std::string_view token) {
  std::string_view before = text.substr(0, mask.begin);
  if (token.starts_with(text::kContinuation)) {
    token.remove_prefix(text::kContinuation.size());
    if (before.ends_with(' ')) before.remove_suffix(1);
  }
  return fmt::format("{}{}{}", before, token, text.substr(mask.end));
}

// The indices of the `count` largest values, largest first; of equal ones the first.
std::vector<int64_t> largest(std::span<const float> values, int64_t count) {
  std::vector<int64_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  const auto kept = order.begin() + std::min<int64_t>(count, static_cast<int64_t>(values.size()));
  std::partial_sort(order.begin(), kept, order.end(), [&](int64_t a, int64_t b) {
    const float x = values[static_cast<size_t>(a)], y = values[static_cast<size_t>(b)];
    return x > y || (x == y && a < b);
  });
  order.erase(kept, order.end());
  return order;
}

}  // namespace

std::vector<std::vector<Guess>> fill_mask(BertForPreTraining& model,
                                          const text::WordPiece& tokenizer, std::string_view text,
                                          int64_t top) {
  require<ValueError>(top > 0, "--top must be at least 1, got {}", top);
  const text::Vocabulary& vocabulary = tokenizer.vocabulary();
  const auto tokens = tokenizer.tokenize(text, text::SpecialTokens::recognised);
  const auto length = static_cast<int64_t>(tokens.size()) + 2;
  require<ValueError>(length <= model.config.max_position_embeddings,
                      "the text has {} tokens, the model reads at most {}", length,
                      model.config.max_position_embeddings);

  std::vector<int64_t> ids{vocabulary.cls()}, positions;
  std::vector<text::Span> masks;
  for (const text::Token& token : tokens) {
    if (token.id == vocabulary.mask()) {
      positions.push_back(static_cast<int64_t>(ids.size()));
      masks.push_back(token.source);
    }
    ids.push_back(token.id);
  }
  ids.push_back(vocabulary.sep());
  require<ValueError>(!masks.empty(), "there is no [MASK] in \"{}\"", text);

  const NoGrad no_grad;
  model.eval();
  const auto count = static_cast<int64_t>(masks.size());
  const Input input{
      .ids = tensor(ids, {1, length}), .types = zeros({1, length}, DType::int64), .key_bias = {}};
  const Tensor probs = softmax(model.forward(input, tensor(positions, {count})).mlm_logits, -1);

  std::vector<std::vector<Guess>> result;
  const auto vocab = static_cast<size_t>(probs.size(1));
  for (size_t m = 0; m < masks.size(); ++m) {
    const std::span row(probs.data<float>() + m * vocab, vocab);
    std::vector<Guess>& guesses = result.emplace_back();
    for (const int64_t id : largest(row, top)) {
      const std::string& token = vocabulary.token(static_cast<int32_t>(id));
      guesses.push_back({token, row[static_cast<size_t>(id)], filled(text, masks[m], token)});
    }
  }
  return result;
}

}  // namespace gradus::bert
