#include "models/bert/evaluation.hpp"

#include "core/core.hpp"

namespace gradus::bert {
namespace {

// Sums over the rows whose label counts.
struct Tally {
  double loss = 0;
  int64_t right = 0, rows = 0;

  void add(const Tensor& logits, const std::vector<int64_t>& labels) {
    const Tensor log_probs = log_softmax(logits, -1);
    const std::vector<int64_t> best = argmax(logits, -1).to_vector<int64_t>();
    const float* rows_of_log_probs = log_probs.data<float>();
    for (size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == text::kNoLabel) continue;
      ++rows;
      right += best[i] == labels[i];
      loss -= static_cast<double>(
          rows_of_log_probs[static_cast<int64_t>(i) * logits.size(1) + labels[i]]);
    }
  }
  double accuracy() const {
    return rows ? static_cast<double>(right) / static_cast<double>(rows) : 0;
  }
  double mean_loss() const { return rows ? loss / static_cast<double>(rows) : 0; }
};

}  // namespace

Input to_input(const text::Batch& batch) {
  const Shape shape{batch.batch, batch.seq};
  return {.ids = tensor(batch.input_ids, shape),
          .types = tensor(batch.token_type_ids, shape),
          .key_bias = nn::key_bias_from_mask(tensor(batch.attention_mask, shape))};
}

Scores evaluate(BertForPreTraining& model, std::span<const text::Batch> batches) {
  const NoGrad no_grad;
  const bool was_training = model.is_training();
  model.eval();
  Tally mlm, nsp;
  for (const text::Batch& batch : batches) {
    const auto count = static_cast<int64_t>(batch.masked_positions.size());
    const auto output = model.forward(to_input(batch), tensor(batch.masked_positions, {count}));
    mlm.add(output.mlm_logits, batch.masked_labels);
    nsp.add(output.nsp_logits, batch.nsp_labels);
  }
  model.train(was_training);
  return {.mlm_accuracy = mlm.accuracy(),
          .mlm_loss = mlm.mean_loss(),
          .masked_tokens = mlm.rows,
          .nsp_accuracy = nsp.accuracy(),
          .nsp_loss = nsp.mean_loss(),
          .pairs = nsp.rows};
}

}  // namespace gradus::bert
