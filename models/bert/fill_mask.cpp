#include "models/bert/fill_mask.hpp"

#include "core/core.hpp"
#include "models/bert/predictions.hpp"

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
  const Tensor logits = model.forward(input, tensor(positions, {count})).mlm_logits;

  std::vector<std::vector<Guess>> result;
  for (const auto& predictions : top_predictions(logits, vocabulary, top)) {
    const text::Span mask = masks[result.size()];
    std::vector<Guess>& guesses = result.emplace_back();
    for (const Prediction& p : predictions) {
      guesses.push_back({p.token, p.probability, filled(text, mask, p.token)});
    }
  }
  return result;
}

}  // namespace gradus::bert
