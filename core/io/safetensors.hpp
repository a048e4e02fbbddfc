// Tensors in files, in the format that Hugging Face's tools read and write: a JSON header and the
// bytes of each tensor, nothing that could run. Reading is strict: whatever the bytes are, the
// result is all tensors, or a FormatError that names the file, the tensor and what is wrong.
// Format: https://huggingface.co/docs/safetensors.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/io/file.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

using TensorMap = std::map<std::string, Tensor>;
using Metadata = std::map<std::string, std::string>;

// All tensors of a file. F64, F32, I64 and BOOL are read as they are, F16 and BF16 become float32,
// and I32 int64. Nothing is allocated for a tensor before the whole header proved to fit the size of
// the file. IoError if it cannot be read.
TensorMap load_safetensors(const std::filesystem::path& path);

// The same for a file that is in memory already; `name` stands for it in errors.
TensorMap load_safetensors(std::span<const std::byte> file, std::string_view name);

// Sends the bytes of a file with these tensors where it is told to; until then it shares their
// memory. The same tensors and metadata give the same bytes. Hugging Face's tools read no file whose
// metadata lack a "format". Calling it throws ValueError for a tensor that is undefined, or whose
// name is not UTF-8.
ByteWriter to_safetensors(TensorMap tensors, Metadata metadata = {{"format", "pt"}});

// Replaces the file as a whole (core/io/atomic_file.hpp).
void save_safetensors(const std::filesystem::path& path, TensorMap tensors,
                      Metadata metadata = {{"format", "pt"}});

}  // namespace gradus
