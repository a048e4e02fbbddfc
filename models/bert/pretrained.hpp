// A BERT as a directory in the layout of Hugging Face: config.json with its sizes, and
// model.safetensors with its parameters. (What it needs to read text lies beside them: vocab.txt.)
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "core/io/file.hpp"
#include "models/bert/bert.hpp"

namespace gradus::bert {

// The model in a directory, in training mode as after construction. Also reads what other programs
// wrote: 16-bit parameters become float32; the decoder's matrix and bias may be stored under their
// own names too, as long as they equal what BERT shares them with; LayerNorms may have the older
// names gamma and beta. Throws IoError for a file that cannot be read, and FormatError that names
// the file and the parameter or value that is missing, unknown, or of another shape or dtype.
std::unique_ptr<BertForPreTraining> load_model(const std::filesystem::path& directory);

// What such a directory consists of, by name of the file. The writers share the model's memory:
// they write its parameters as they are when called.
std::map<std::string, ByteWriter> model_files(const BertForPreTraining& model);

// Writes them, each as a whole; makes the directory if it is missing. IoError if it cannot.
void save_model(const std::filesystem::path& directory, const BertForPreTraining& model);

}  // namespace gradus::bert
