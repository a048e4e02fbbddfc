// BERT: its sizes, its parts, filled masks, and where its heads look.
#include "models/bert/bert.hpp"

#include "models/bert/attention_map.hpp"
#include "models/bert/fill_mask.hpp"
#include "models/bert/informed_start.hpp"
#include "models/bert/pretrained.hpp"
#include "models/bert/view/pages.hpp"
#include "models/training/checkpoint.hpp"
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

using namespace bert;

void bind_config(nb::module_& m) {
  nb::class_<Config>(m, "BertConfig", "The sizes of a BERT, under the names of config.json.")
      .def(
          "__init__",
          [](Config* self, int64_t vocab, int64_t hidden, int64_t layers, int64_t heads,
             int64_t intermediate, int64_t positions, int64_t types, double dropout,
             double attention_dropout, double initializer_range, double eps) {
            new (self) Config{.vocab_size = vocab,
                              .hidden_size = hidden,
                              .num_hidden_layers = layers,
                              .num_attention_heads = heads,
                              .intermediate_size = intermediate,
                              .max_position_embeddings = positions,
                              .type_vocab_size = types,
                              .hidden_dropout_prob = dropout,
                              .attention_probs_dropout_prob = attention_dropout,
                              .initializer_range = initializer_range,
                              .layer_norm_eps = eps};
            self->validate();
          },
          "vocab_size"_a = 8192, "hidden_size"_a = 256, "num_hidden_layers"_a = 4,
          "num_attention_heads"_a = 4, "intermediate_size"_a = 1024,
          "max_position_embeddings"_a = 512, "type_vocab_size"_a = 2, "hidden_dropout_prob"_a = 0.1,
          "attention_probs_dropout_prob"_a = 0.1, "initializer_range"_a = 0.02,
          "layer_norm_eps"_a = 1e-12)
      .def_rw("vocab_size", &Config::vocab_size)
      .def_rw("hidden_size", &Config::hidden_size)
      .def_rw("num_hidden_layers", &Config::num_hidden_layers)
      .def_rw("num_attention_heads", &Config::num_attention_heads)
      .def_rw("intermediate_size", &Config::intermediate_size)
      .def_rw("max_position_embeddings", &Config::max_position_embeddings)
      .def_rw("type_vocab_size", &Config::type_vocab_size)
      .def_rw("hidden_dropout_prob", &Config::hidden_dropout_prob)
      .def_rw("attention_probs_dropout_prob", &Config::attention_probs_dropout_prob)
      .def_rw("initializer_range", &Config::initializer_range)
      .def_rw("layer_norm_eps", &Config::layer_norm_eps)
      .def("parameter_count", &Config::parameter_count)
      .def("to_json", &Config::to_json);
  m.def("preset", &preset, "name"_a, "tiny, mini, small, medium or base.");
}

// Types default to the first segment; the mask is 1 for tokens and 0 for padding.
Input to_input(const Tensor& ids, const MaybeTensor& types, const MaybeTensor& mask) {
  return {.ids = ids,
          .types = types.value_or(zeros_like(ids)),
          .key_bias = mask ? nn::key_bias_from_mask(*mask) : Tensor()};
}

void bind_parts_of_bert(nb::module_& m) {
  const auto types = "token_type_ids"_a = nb::none(), mask = "attention_mask"_a = nb::none();
  nb::class_<Embeddings, nn::Module>(m, "Embeddings", "layer_norm(word + position + type)")
      .def(
          "forward",
          [](const Embeddings& self, const Tensor& ids, const MaybeTensor& t) {
            return self.forward(to_input(ids, t, {}));
          },
          "input_ids"_a, types, NoGil())
      .def_ro("word", &Embeddings::word)
      .def_ro("position", &Embeddings::position)
      .def_ro("type", &Embeddings::type)
      .def_ro("norm", &Embeddings::norm);
  nb::class_<BertModel::Trace>(m, "BertTrace", "A pass that was looked into.")
      .def_ro("hidden", &BertModel::Trace::hidden)
      .def_ro("attention", &BertModel::Trace::attention,
              "Of each layer: [batch, heads, seq, seq], rows sum to 1.");
  nb::class_<BertModel, nn::Module>(m, "BertModel", "Embeddings, encoder and pooler.")
      .def(
          "forward",
          [](const BertModel& self, const Tensor& ids, const MaybeTensor& t, const MaybeTensor& a) {
            return self.forward(to_input(ids, t, a));
          },
          "input_ids"_a, types, mask, NoGil(), "[batch, seq] → [batch, seq, hidden]")
      .def(
          "trace",
          [](const BertModel& self, const Tensor& ids, const MaybeTensor& t, const MaybeTensor& a) {
            return self.trace(to_input(ids, t, a));
          },
          "input_ids"_a, types, mask, NoGil())
      .def("pool", &BertModel::pool, "hidden"_a, NoGil())
      .def_ro("embeddings", &BertModel::embeddings)
      .def_prop_ro(
          "layers",
          [](nb::handle self) {
            nb::list layers;
            for (const auto& layer : nb::cast<BertModel&>(self).layers) {
              layers.append(nb::cast(layer.get(), nb::rv_policy::reference_internal, self));
            }
            return layers;
          },
          nb::sig("def layers(self) -> list[gradus._gradus.nn.EncoderLayer]"))
      .def_ro("pooler", &BertModel::pooler);
}

void bind_pretraining_model(nb::module_& m) {
  using Model = BertForPreTraining;
  nb::class_<Model::Output>(m, "BertOutput")
      .def_ro("mlm_logits", &Model::Output::mlm_logits, "[positions, vocab]")
      .def_ro("nsp_logits", &Model::Output::nsp_logits, "[batch, 2]; 0: the second text follows");
  nb::class_<Model, nn::Module>(m, "BertForPreTraining",
                                "BERT with the two heads of its pre-training.")
      .def(
          "__init__",
          [](Model* self, const Config& config) {
            new (self) Model(config);
            self->initialize();
          },
          "config"_a)
      .def_static(
          "from_pretrained",
          [](const std::filesystem::path& directory) {
            return load_model(training::find_model(directory));
          },
          "directory"_a, NoGil(), "From a model directory, or the directory of a run.")
      .def(
          "save_pretrained",
          [](const Model& self, const std::filesystem::path& directory) {
            save_model(directory, self);
          },
          "directory"_a, NoGil())
      .def(
          "forward",
          [](const Model& self, const Tensor& ids, const MaybeTensor& types,
             const MaybeTensor& mask, const MaybeTensor& positions) {
            return self.forward(to_input(ids, types, mask),
                                positions.value_or(arange(ids.numel())));
          },
          "input_ids"_a, "token_type_ids"_a = nb::none(), "attention_mask"_a = nb::none(),
          "positions"_a = nb::none(), NoGil(),
          "positions are indices into [batch·seq]: only they are decoded. None: all.")
      .def("initialize", &Model::initialize, "Draws BERT's initial weights.")
      .def("informed_start", &informed_start, "mask_token"_a,
           "Draws weights that know of neighbours.")
      .def_ro("config", &Model::config)
      .def_ro("bert", &Model::bert)
      .def_ro("nsp", &Model::nsp);
}

void bind_views(nb::module_& m) {
  nb::class_<Guess>(m, "Guess")
      .def_ro("token", &Guess::token)
      .def_ro("probability", &Guess::probability)
      .def_ro("sentence", &Guess::sentence)
      .def("__repr__", [](const Guess& guess) {
        return fmt::format("{:5.1f}%  {}", 100 * guess.probability, guess.token);
      });
  m.def("fill_mask", &fill_mask, "model"_a, "tokenizer"_a, "text"_a, "top"_a = 5, NoGil(),
        "For each [MASK] the likeliest tokens, best first.");
  nb::class_<Prediction>(m, "Prediction")
      .def_ro("token", &Prediction::token)
      .def_ro("probability", &Prediction::probability);
  nb::class_<AttentionMap::Mask>(m, "MaskPredictions")
      .def_ro("position", &AttentionMap::Mask::position)
      .def_ro("predictions", &AttentionMap::Mask::predictions);
  nb::class_<AttentionMap>(m, "AttentionMap", "Where each head of each layer looks.")
      .def_ro("tokens", &AttentionMap::tokens)
      .def_ro("segments", &AttentionMap::segments)
      .def_ro("layers", &AttentionMap::layers, "Each [heads, seq_q, seq_k], rows sum to 1.")
      .def_ro("entropy", &AttentionMap::entropy, "[layer][head], in nats.")
      .def_ro("masks", &AttentionMap::masks)
      .def("to_json", static_cast<std::string (*)(const AttentionMap&)>(&to_json))
      .def(
          "to_html",
          [](const AttentionMap& map, std::string_view title) {
            const Snapshot snapshot{.step = {}, .map = map};
            return attention_page({&snapshot, 1}, title);
          },
          "title"_a, "One page with lines and matrices, which needs no network.");
  m.def("attention_map", &attention_map, "model"_a, "tokenizer"_a, "text"_a,
        "text_pair"_a = nb::none(), "top"_a = 5, NoGil());
}

}  // namespace

void bind_bert(nb::module_& m) {
  bind_config(m);
  bind_parts_of_bert(m);
  bind_pretraining_model(m);
  bind_views(m);
}

}  // namespace gradus::python
