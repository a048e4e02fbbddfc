// The sizes of a BERT, under the names of Hugging Face's config.json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/kernels/elementwise.hpp"

namespace gradus::bert {

struct Config {
  int64_t vocab_size = 8192;
  int64_t hidden_size = 256;
  int64_t num_hidden_layers = 4;
  int64_t num_attention_heads = 4;
  int64_t intermediate_size = 1024;
  int64_t max_position_embeddings = 512;
  int64_t type_vocab_size = 2;
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  double initializer_range = 0.02;  // standard deviation of the weights at the start
  double layer_norm_eps = 1e-12;
  int64_t pad_token_id = 0;
  kernels::GeluForm hidden_act = kernels::GeluForm::erf;  // "gelu", or "gelu_new" for the tanh form

  // Throws ValueError that names the value which is out of range or does not fit another one.
  void validate() const;

  // How many numbers a BertForPreTraining of this size is made of.
  int64_t parameter_count() const;

  // A config.json that Hugging Face's BertForPreTraining reads.
  std::string to_json() const;
  // Unknown keys are ignored. Throws FormatError for a missing or ill-typed one, or for a model that
  // is not a BERT; `file` is what the message calls the text.
  static Config from_json(std::string_view text, std::string_view file);

  bool operator==(const Config&) const = default;
};

// The sizes of Turc et al. 2019 ("Well-read students learn better") and Devlin et al. 2019:
//   tiny 2 layers of 128, mini 4 of 256, small 4 of 512, medium 8 of 512, base 12 of 768.
// Heads are 64 wide. Throws ValueError that lists the names.
Config preset(std::string_view name);
std::vector<std::string> preset_names();

}  // namespace gradus::bert
