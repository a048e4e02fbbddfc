// Chapter 15: where heads look, as shares; and what a head is worth.
//
//   example_looking_inside measure TEXT RUN...    prints docs/figures/heads.json
//
// measures it on the checkpoints of trainings (docs/figures/heads.py makes them).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/autograd/grad_mode.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"
#include "models/bert/attention_map.hpp"
#include "models/bert/pretrained.hpp"
#include "models/bert/pretraining.hpp"
#include "models/text/text.hpp"
#include "models/text/tokenizer_config.hpp"
#include "models/training/checkpoint.hpp"

using namespace gradus;

namespace {

// #region habits
// Where one head looks, summed over the tokens that look: how much each gives to the token at a
// distance of −2 to 2 from it, and to [CLS] and [SEP].
struct Habits {
  std::array<double, 5> at{};  // [distance + 2]
  double special = 0;
  double entropy = 0;  // in nats
  double tokens = 0;
};

void observe(Habits& habits, const Tensor& weights, const std::vector<std::string>& tokens) {
  const int64_t n = weights.size(0);
  for (int64_t q = 2; q + 2 < n; ++q) {  // those that have two tokens on either side
    const std::vector<float> row = weights.select(0, q).to_vector<float>();
    for (int64_t distance = -2; distance <= 2; ++distance) {
      habits.at[distance + 2] += row[q + distance];
    }
    for (int64_t k = 0; k < n; ++k) {
      if (tokens[k] == "[CLS]" || tokens[k] == "[SEP]") habits.special += row[k];
    }
    habits.entropy += bert::mean_entropy(weights.narrow(0, q, 1));
    habits.tokens += 1;
  }
}
// #endregion habits

struct Reader {
  std::unique_ptr<bert::BertForPreTraining> model;
  text::WordPiece tokenizer;
};

Reader load(const std::filesystem::path& directory) {
  return {.model = bert::load_model(directory), .tokenizer = text::load_tokenizer(directory)};
}

using HabitsOfHeads = std::vector<std::vector<Habits>>;  // [layer][head]

// Each head's, over pairs of neighbouring sentences, [CLS] a [SEP] b [SEP]; and those of a head that
// looks at all tokens alike.
struct Observed {
  HabitsOfHeads heads;
  Habits uniform;
};

Observed observe_all(Reader& reader, const text::TokenCorpus& text) {
  const bert::Config& config = reader.model->config;
  Observed observed{.heads = HabitsOfHeads(static_cast<size_t>(config.num_hidden_layers)),
                    .uniform = {}};
  const auto sentence = [&](size_t s) { return reader.tokenizer.decode(text.sentence(s), true); };
  for (size_t d = 0; d < text.document_count(); ++d) {
    for (size_t s = text.documents[d]; s + 1 < text.documents[d + 1]; s += 2) {
      const bert::AttentionMap map =
          bert::attention_map(*reader.model, reader.tokenizer, sentence(s), sentence(s + 1));
      for (size_t layer = 0; layer < observed.heads.size(); ++layer) {
        observed.heads[layer].resize(static_cast<size_t>(config.num_attention_heads));
        for (int64_t head = 0; head < config.num_attention_heads; ++head) {
          observe(observed.heads[layer][head], map.layers[layer].select(0, head), map.tokens);
        }
      }
      const auto n = std::ssize(map.tokens);
      observe(observed.uniform, full({n, n}, 1.0 / static_cast<double>(n)), map.tokens);
    }
  }
  return observed;
}

// #region switch-off
// What a head adds to its layer's output goes through d columns of the output projection: with
// these at 0 the head is off, and nothing else has changed.
void switch_off(bert::BertForPreTraining& model, int64_t layer, int64_t head) {
  const NoGrad no_grad;
  const int64_t d = model.config.hidden_size / model.config.num_attention_heads;
  model.bert.layers[layer]->attention.output.weight.narrow(1, head * d, d).zero_();
}
// #endregion switch-off

void add_habits(Numbers& numbers, const std::string& name, const Habits& habits) {
  for (size_t i = 0; i < habits.at.size(); ++i) {
    numbers.add(fmt::format("{}.at.{}", name, i), habits.at[i] / habits.tokens);
  }
  numbers.add(name + ".special", habits.special / habits.tokens);
  numbers.add(name + ".entropy", habits.entropy / habits.tokens);
}

// The held-out loss of a model, and how much it grows when these heads are off.
class Costs {
 public:
  Costs(std::filesystem::path directory, std::span<const text::Batch> batches)
      : directory_(std::move(directory)), batches_(batches), whole_(loss({})) {}

  double whole() const { return whole_; }
  double of(const std::vector<std::pair<int64_t, int64_t>>& heads) const {
    return loss(heads) - whole_;
  }

 private:
  double loss(const std::vector<std::pair<int64_t, int64_t>>& off) const {
    const Reader reader = load(directory_);
    for (const auto& [layer, head] : off) switch_off(*reader.model, layer, head);
    return bert::evaluate(*reader.model, batches_).mlm_loss;
  }

  std::filesystem::path directory_;
  std::span<const text::Batch> batches_;
  double whole_;
};

// With each head off, and with all heads of the upper half of the layers off.
void add_costs(Numbers& numbers, const std::string& name, const Costs& costs,
               const bert::Config& config) {
  numbers.add(name + ".loss", costs.whole());
  std::vector<std::pair<int64_t, int64_t>> upper;
  for (int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    for (int64_t head = 0; head < config.num_attention_heads; ++head) {
      numbers.add(fmt::format("{}.cost.{}.{}", name, layer, head), costs.of({{layer, head}}));
      if (2 * layer >= config.num_hidden_layers) upper.emplace_back(layer, head);
    }
  }
  numbers.add(name + ".cost_of_upper", costs.of(upper));
}

// How much `word` gives to "animal" and "street" in a head.
void add_animal(Numbers& numbers, const std::string& name, Reader& reader, std::string_view text,
                std::string_view word, std::pair<int64_t, int64_t> layer_and_head) {
  const bert::AttentionMap map = bert::attention_map(*reader.model, reader.tokenizer, text);
  const auto place = [&](std::string_view token) {
    return std::ranges::find(map.tokens, token) - map.tokens.begin();
  };
  const auto [layer, head] = layer_and_head;
  const Tensor row = map.layers[layer].select(0, head).select(0, place(word));
  for (const char* key : {"animal", "street"}) {
    numbers.add(name + "." + key, row.select(0, place(key)).item<float>());
  }
}

// What "it" looks at in head 4 of layer 2, where "it" is another thing in each sentence.
void add_animals(Numbers& numbers, const std::string& name, Reader& reader) {
  const auto add = [&](const char* which, std::string_view text, std::string_view word = "it") {
    add_animal(numbers, name + "." + which, reader, text, word, {1, 3});
  };
  add("tired", "The animal didn't cross the street because it was too tired.");
  add("wide", "The animal didn't cross the street because it was too wide.");
  add("exchanged", "The street didn't cross the animal because it was too tired.");
  add("was", "The animal didn't cross the street because it was too tired.", "was");
}

// Of a run: the habits at each of its checkpoints, and the costs at the last.
void measure(Numbers& numbers, const text::Corpus& corpus, const std::filesystem::path& run) {
  const std::string name = run.filename().string();
  const std::vector<training::SavedModel> saved = training::saved_models(run);
  const std::filesystem::path last = saved.back().directory;
  const bert::PretrainingText text = bert::prepare_text(corpus, load(last).tokenizer);
  for (size_t i = 0; i < saved.size(); ++i) {
    Reader reader = load(saved[i].directory);
    const Observed observed = observe_all(reader, text.held_out);
    numbers.add(fmt::format("{}.steps.{}", name, i), static_cast<double>(saved[i].step));
    for (size_t layer = 0; layer < observed.heads.size(); ++layer) {
      for (size_t head = 0; head < observed.heads[layer].size(); ++head) {
        add_habits(numbers, fmt::format("{}.habits.{}.{}.{}", name, i, layer, head),
                   observed.heads[layer][head]);
      }
    }
    if (i == 0) add_habits(numbers, name + ".uniform", observed.uniform);
    if (i == 0) numbers.add(name + ".tokens", observed.uniform.tokens);
  }
  Reader reader = load(last);
  add_animals(numbers, name + ".it", reader);
  const auto batches = bert::held_out_batches(text, {.batch = 8, .max_seq = 512});
  add_costs(numbers, name, Costs(last, batches), reader.model->config);
}

// A row of weights over n tokens: 0.9 for one of them, and the rest for `others` more.
double entropy_of_row(int64_t n, int64_t others) {
  std::vector<double> row(static_cast<size_t>(n), 0);
  row[0] = 0.9;
  for (int64_t i = 1; i <= others; ++i) row[i] = 0.1 / static_cast<double>(others);
  return bert::mean_entropy(tensor(row, {1, n}));
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  if (argc > 3 && std::string_view(argv[1]) == "measure") {
    const text::Corpus corpus = text::read_corpus(std::vector<std::filesystem::path>{argv[2]});
    for (int i = 3; i < argc; ++i) measure(numbers, corpus, argv[i]);
    return numbers.finish(1, argv);
  }

  // The same output from other weights: the third value is the mean of the first two.
  const Tensor values = tensor({1, 0, 0, 1, 0.5, 0.5}).view({3, 2});
  const Tensor once = matmul(tensor({0.5, 0.5, 0}).view({1, 3}), values);
  const Tensor again = matmul(tensor({0, 0, 1}).view({1, 3}), values);
  numbers.expect(once.to_vector<float>() == again.to_vector<float>(), "weights are not unique");

  // Exercise: the least and the most entropy of a row that gives 0.9 to one of 20 tokens.
  numbers.add("exercise.least", entropy_of_row(20, 1));
  numbers.add("exercise.most", entropy_of_row(20, 19));
  numbers.add("exercise.uniform", std::log(20.0));
  for (int64_t others = 2; others < 19; ++others) {
    const double entropy = entropy_of_row(20, others);
    numbers.expect(entropy > entropy_of_row(20, 1) && entropy < entropy_of_row(20, 19), "between");
  }
  return numbers.finish(argc, argv);
}
