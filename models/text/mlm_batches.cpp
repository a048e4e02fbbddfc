#include "models/text/mlm_batches.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "models/text/shuffle.hpp"

namespace gradus::text {
namespace {

// What the seed is used for; each pass has a family of streams of its own for each.
enum class Use : uint64_t { plan = 1, order = 2, masks = 3 };

RandomStream stream_of(uint64_t seed, Use use, uint64_t pass) {
  return {derive_seed({seed, static_cast<uint64_t>(use)}), pass};
}

// [CLS] A [SEP] B [SEP] without B takes one [SEP] less; the room is the same for all.
size_t budget_of(const BatchOptions& options) {
  return static_cast<size_t>(options.max_seq) - (options.nsp ? 3 : 2);
}

const BatchOptions& checked(const BatchOptions& options) {
  require<ValueError>(options.batch > 0, "batch of {} sequences: must be at least 1",
                      options.batch);
  require<ValueError>(options.max_seq >= 5, "sequences of {} tokens: must be at least 5",
                      options.max_seq);
  return options;
}

std::vector<int32_t> assemble(const Example& example, const TokenCorpus& corpus,
                              const Vocabulary& vocabulary) {
  std::vector<int32_t> sequence{vocabulary.cls()};
  const auto append = [&](const Span& segment) {
    const auto begin = corpus.tokens.begin();
    sequence.insert(sequence.end(), begin + static_cast<std::ptrdiff_t>(segment.begin),
                    begin + static_cast<std::ptrdiff_t>(segment.end));
    sequence.push_back(vocabulary.sep());
  };
  append(example.a);
  if (example.label != kNoLabel) append(example.b);
  return sequence;
}

// The examples with the given indices as one batch. Example i draws its masks from stream i of
// `mask_seed`, wherever it stands.
Batch collate(const std::vector<Example>& examples, std::span<const size_t> indices,
              const TokenCorpus& corpus, const Vocabulary& vocabulary, const Masker& masker,
              uint64_t mask_seed, int64_t max_seq) {
  std::vector<std::vector<int32_t>> sequences;
  size_t longest = 0;
  for (const size_t i : indices) {
    sequences.push_back(assemble(examples[i], corpus, vocabulary));
    longest = std::max(longest, sequences.back().size());
  }

  Batch batch;
  batch.batch = static_cast<int64_t>(indices.size());
  batch.seq = std::min(max_seq, (static_cast<int64_t>(longest) + 7) / 8 * 8);
  const auto size = static_cast<size_t>(batch.batch * batch.seq);
  batch.input_ids.assign(size, vocabulary.pad());
  batch.token_type_ids.assign(size, 0);
  batch.attention_mask.assign(size, 0);
  for (size_t row = 0; row < indices.size(); ++row) {
    const Example& example = examples[indices[row]];
    std::vector<int32_t>& sequence = sequences[row];
    const size_t begin = row * static_cast<size_t>(batch.seq);
    for (const MaskedToken& token : masker.mask(sequence, {mask_seed, indices[row]})) {
      batch.masked_positions.push_back(static_cast<int64_t>(begin + token.position));
      batch.masked_labels.push_back(token.label);
    }
    const size_t begin_b = 2 + example.a.end - example.a.begin;  // after [CLS] A [SEP]
    for (size_t i = 0; i < sequence.size(); ++i) {
      batch.input_ids[begin + i] = sequence[i];
      batch.token_type_ids[begin + i] = i >= begin_b ? 1 : 0;
      batch.attention_mask[begin + i] = 1;
    }
    batch.nsp_labels.push_back(example.label);
    batch.real_tokens += static_cast<int64_t>(sequence.size());
  }
  return batch;
}

// All examples of a pass in batches. Buckets: the shuffled examples are sorted by length within
// windows of 32 batches, which leaves the batches of a window different from pass to pass.
std::vector<std::vector<size_t>> arrange(const std::vector<Example>& examples,
                                         const BatchOptions& options, RandomStream stream) {
  RandomReader random(stream);
  std::vector<size_t> order(examples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  shuffle(order, random);
  const size_t size = std::min(static_cast<size_t>(options.batch), order.size());
  order.resize(order.size() / size * size);  // the rest has its turn in another pass

  constexpr size_t kWindow = 32;
  for (size_t begin = 0; options.bucket && begin < order.size(); begin += kWindow * size) {
    const size_t end = std::min(order.size(), begin + kWindow * size);
    std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(begin),
                     order.begin() + static_cast<std::ptrdiff_t>(end), [&](size_t i, size_t j) {
                       return examples[i].tokens() < examples[j].tokens();
                     });
  }
  std::vector<std::vector<size_t>> batches;
  for (auto first = order.begin(); first != order.end(); first += static_cast<std::ptrdiff_t>(size))
    batches.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
  shuffle(batches, random);
  return batches;
}

}  // namespace

MlmBatches::MlmBatches(const TokenCorpus& corpus, const Vocabulary& vocabulary,
                       BatchOptions options)
    : options_(checked(options)),
      corpus_(cut_long_sentences(corpus, budget_of(options))),
      vocabulary_(vocabulary),
      masker_(vocabulary, options.masking) {
  require<ValueError>(!corpus_.tokens.empty(), "the text to train on has no tokens");
  if (options_.nsp) why_not_nsp_ = why_no_pairs(corpus_, budget_of(options_));
  plan_ = {.budget = budget_of(options_),
           .pairs = options_.nsp && why_not_nsp_.empty(),
           .shift = true,
           .random = {}};
}

PlanOptions MlmBatches::plan_options(uint64_t pass) const {
  PlanOptions plan = plan_;
  plan.random = stream_of(options_.seed, Use::plan, pass);
  return plan;
}

uint64_t MlmBatches::steps_in_pass(uint64_t pass) {
  const auto examples = static_cast<uint64_t>(count_examples(corpus_, plan_options(pass)));
  return std::max<uint64_t>(1, examples / static_cast<uint64_t>(options_.batch));
}

// Passes differ a little in length, since sentences are grouped differently: they are counted one
// after the other, which costs a walk over the sentences each and is done once.
MlmBatches::Position MlmBatches::locate(uint64_t step) {
  while (pass_begin_.back() <= step)
    pass_begin_.push_back(pass_begin_.back() + steps_in_pass(pass_begin_.size() - 1));
  const auto after = std::upper_bound(pass_begin_.begin(), pass_begin_.end(), step);
  const auto pass = static_cast<uint64_t>(after - pass_begin_.begin()) - 1;
  return {pass, step - pass_begin_[pass]};
}

void MlmBatches::prepare(uint64_t pass) {
  if (pass == prepared_pass_) return;
  examples_ = plan_examples(corpus_, plan_options(pass));
  batches_ = arrange(examples_, options_, stream_of(options_.seed, Use::order, pass));
  prepared_pass_ = pass;
}

Batch MlmBatches::batch(uint64_t step) {
  const Position at = locate(step);
  prepare(at.pass);
  const uint64_t mask_seed = derive_seed(stream_of(options_.seed, Use::masks, at.pass));
  return collate(examples_, batches_[at.step], corpus_, vocabulary_, masker_, mask_seed,
                 options_.max_seq);
}

std::vector<Batch> evaluation_batches(const TokenCorpus& corpus, const Vocabulary& vocabulary,
                                      BatchOptions options) {
  const size_t budget = budget_of(checked(options));
  const TokenCorpus cut = cut_long_sentences(corpus, budget);
  const bool pairs = options.nsp && why_no_pairs(cut, budget).empty();
  const std::vector<Example> examples =
      plan_examples(cut, {.budget = budget,
                          .pairs = pairs,
                          .shift = false,
                          .random = stream_of(options.seed, Use::plan, 0)});
  const Masker masker(vocabulary, {.max_predictions = static_cast<size_t>(options.max_seq)});
  const uint64_t mask_seed = derive_seed(stream_of(options.seed, Use::masks, 0));

  std::vector<size_t> order(examples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::vector<Batch> batches;
  const auto size = static_cast<size_t>(options.batch);
  for (size_t begin = 0; begin < order.size(); begin += size) {
    const auto indices = std::span(order).subspan(begin, std::min(size, order.size() - begin));
    batches.push_back(
        collate(examples, indices, cut, vocabulary, masker, mask_seed, options.max_seq));
  }
  return batches;
}

}  // namespace gradus::text
