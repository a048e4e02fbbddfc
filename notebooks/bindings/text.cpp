// Text: vocabularies and WordPiece, corpora, masked batches.
#include "models/text/text.hpp"

#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

using namespace text;

void bind_vocabulary(nb::module_& m) {
  nb::class_<Vocabulary>(m, "Vocabulary", "The tokens of a model; a token's id is its place.")
      .def(
          "__init__",
          [](Vocabulary* self, std::vector<std::string> tokens) {
            new (self) Vocabulary(std::move(tokens));
          },
          "tokens"_a)
      .def_static("load", &Vocabulary::load, "file"_a)
      .def("save", &Vocabulary::save, "file"_a)
      .def("__len__", &Vocabulary::size)
      .def("token", &Vocabulary::token, "id"_a)
      .def("find", &Vocabulary::find, "token"_a, "Its id, or None.")
      .def_prop_ro("pad", &Vocabulary::pad)
      .def_prop_ro("unknown", &Vocabulary::unknown)
      .def_prop_ro("cls", &Vocabulary::cls)
      .def_prop_ro("sep", &Vocabulary::sep)
      .def_prop_ro("mask", &Vocabulary::mask);
  m.def(
      "train_vocabulary",
      [](const std::vector<std::string>& texts, int64_t size, uint64_t min_frequency) {
        WordCounts words;
        for (const std::string& text : texts) words.add(text);
        return train_vocabulary(words, {.size = size, .min_frequency = min_frequency});
      },
      "texts"_a, "size"_a = 8192, "min_frequency"_a = 2, NoGil(),
      "Makes a vocabulary of at most `size` tokens out of texts.");
}

SpecialTokens recognised(bool special) {
  return special ? SpecialTokens::recognised : SpecialTokens::as_text;
}

void bind_wordpiece(nb::module_& m) {
  nb::class_<Encoding>(m, "Encoding", "One or two texts ready for BERT.")
      .def_ro("ids", &Encoding::ids)
      .def_ro("type_ids", &Encoding::type_ids, "0 for [CLS] a [SEP], 1 for b [SEP].")
      .def_prop_ro(
          "spans",
          [](const Encoding& encoding) {
            std::vector<std::pair<size_t, size_t>> spans;
            for (const Span& span : encoding.source) spans.emplace_back(span.begin, span.end);
            return spans;
          },
          "The bytes of the text (UTF-8) that each token stands for.");
  nb::class_<WordPiece>(m, "WordPiece", "Text cut into the longest pieces of a vocabulary.")
      .def(
          "__init__",
          [](WordPiece* self, const Vocabulary& vocabulary, bool lower_case) {
            new (self) WordPiece(vocabulary, {.lower_case = lower_case});
          },
          "vocabulary"_a, "do_lower_case"_a = true)
      .def_static("from_pretrained", &load_tokenizer, "directory"_a)
      .def(
          "save_pretrained",
          [](const WordPiece& self, const std::filesystem::path& directory, int64_t longest) {
            save_tokenizer(self, longest, directory);
          },
          "directory"_a, "model_max_length"_a = 512)
      .def_prop_ro("vocabulary", &WordPiece::vocabulary, nb::rv_policy::reference_internal)
      .def(
          "tokenize",
          [](const WordPiece& self, std::string_view text, bool special) {
            std::vector<std::string> tokens;
            for (const Token& token : self.tokenize(text, recognised(special)))
              tokens.push_back(self.vocabulary().token(token.id));
            return tokens;
          },
          "text"_a, "special_tokens"_a = true,
          "The pieces; [MASK] is one unless special_tokens is False.")
      .def(
          "encode",
          [](const WordPiece& self, std::string_view a, std::optional<std::string_view> b,
             size_t max_length,
             bool special) { return self.encode(a, b, max_length, recognised(special)); },
          "text"_a, "text_pair"_a = nb::none(), "max_length"_a = 512, "special_tokens"_a = true,
          "[CLS] text [SEP], or [CLS] text [SEP] text_pair [SEP].")
      .def(
          "decode",
          [](const WordPiece& self, const std::vector<int32_t>& ids, bool skip) {
            return self.decode(ids, !skip);
          },
          "ids"_a, "skip_special_tokens"_a = true)
      .def(
          "convert_ids_to_tokens",
          [](const WordPiece& self, const std::vector<int32_t>& ids) {
            std::vector<std::string> tokens;
            for (const int32_t id : ids) tokens.push_back(self.vocabulary().token(id));
            return tokens;
          },
          "ids"_a);
}

void bind_corpus(nb::module_& m) {
  nb::class_<Corpus>(m, "Corpus", "Documents of sentences.")
      .def_prop_ro("documents",
                   [](const Corpus& corpus) {
                     std::vector<std::vector<std::string>> documents;
                     for (const Document& document : corpus.documents)
                       documents.push_back(document.sentences);
                     return documents;
                   })
      .def_ro("warnings", &Corpus::warnings)
      .def("__len__", [](const Corpus& corpus) { return corpus.documents.size(); });
  m.def(
      "read_corpus",
      [](const std::vector<std::filesystem::path>& files) { return read_corpus(files); }, "files"_a,
      NoGil());
  m.def(
      "parse_corpus",
      [](std::string_view text) {
        return Corpus{.documents = parse_documents(text), .bytes = text.size(), .warnings = {}};
      },
      "text"_a, "The documents of a text in memory.");
}

void bind_batches(nb::module_& m) {
  const auto matrix = [](std::vector<int64_t> Batch::*member) {
    return [member](const Batch& batch) { return tensor(batch.*member, {batch.batch, batch.seq}); };
  };
  const auto vector = [](std::vector<int64_t> Batch::*member) {
    return [member](const Batch& batch) {
      return tensor(batch.*member, {static_cast<int64_t>((batch.*member).size())});
    };
  };
  nb::class_<Batch>(m, "Batch", "Masked sequences; matrices are [batch, seq].")
      .def_prop_ro("input_ids", matrix(&Batch::input_ids))
      .def_prop_ro("token_type_ids", matrix(&Batch::token_type_ids))
      .def_prop_ro("attention_mask", matrix(&Batch::attention_mask))
      .def_prop_ro("masked_positions", vector(&Batch::masked_positions), "row · seq + column")
      .def_prop_ro("masked_labels", vector(&Batch::masked_labels), "The tokens that stood there.")
      .def_prop_ro("nsp_labels", vector(&Batch::nsp_labels))
      .def_ro("real_tokens", &Batch::real_tokens, "That are not padding.");
  nb::class_<MlmBatches>(m, "MlmBatches",
                         "Batch number i is a pure function of text, options and i.")
      .def(
          "__init__",
          [](MlmBatches* self, const Corpus& corpus, const WordPiece& tokenizer, int64_t batch,
             int64_t max_seq, double mask_rate, size_t max_predictions, bool whole_words, bool nsp,
             uint64_t seed) {
            new (self)
                MlmBatches(encode_documents(tokenizer, corpus.documents), tokenizer.vocabulary(),
                           {.batch = batch,
                            .max_seq = max_seq,
                            .masking = {.rate = mask_rate,
                                        .max_predictions = max_predictions,
                                        .whole_words = whole_words},
                            .nsp = nsp,
                            .seed = seed});
          },
          "corpus"_a, "tokenizer"_a, "batch"_a = 16, "max_seq"_a = 64, "mask_rate"_a = 0.15,
          "max_predictions"_a = 20, "whole_words"_a = false, "nsp"_a = true, "seed"_a = 0)
      .def("batch", &MlmBatches::batch, "step"_a)
      .def("steps_in_pass", &MlmBatches::steps_in_pass, "number"_a);
}

}  // namespace

void bind_text(nb::module_& m) {
  bind_vocabulary(m);
  bind_wordpiece(m);
  bind_corpus(m);
  bind_batches(m);
}

}  // namespace gradus::python
