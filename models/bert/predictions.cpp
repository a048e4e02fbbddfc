#include "models/bert/predictions.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/core.hpp"

namespace gradus::bert {
namespace {

// The indices of the `count` largest values, largest first; of equal ones the first.
std::vector<size_t> largest(std::span<const float> values, int64_t count) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto kept = order.begin() + std::min<int64_t>(count, std::ssize(values));
  std::partial_sort(order.begin(), kept, order.end(), [&](size_t a, size_t b) {
    return values[a] > values[b] || (values[a] == values[b] && a < b);
  });
  order.erase(kept, order.end());
  return order;
}

}  // namespace

std::vector<std::vector<Prediction>> top_predictions(const Tensor& logits,
                                                     const text::Vocabulary& vocabulary,
                                                     int64_t top) {
  require<ValueError>(top > 0, "--top must be at least 1, got {}", top);
  const NoGrad no_grad;
  const Tensor probabilities = softmax(logits, -1);  // [n, vocab]
  const auto vocab = static_cast<size_t>(logits.size(1));
  std::vector<std::vector<Prediction>> result;
  for (int64_t n = 0; n < logits.size(0); ++n) {
    const std::span row(probabilities.data<float>() + static_cast<size_t>(n) * vocab, vocab);
    std::vector<Prediction>& best = result.emplace_back();
    for (const size_t id : largest(row, top)) {
      best.push_back({vocabulary.token(static_cast<int32_t>(id)), row[id]});
    }
  }
  return result;
}

}  // namespace gradus::bert
