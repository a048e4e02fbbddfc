// What a safetensors file says about itself, in JSON, before its tensors:
//   {"__metadata__": {"format": "pt"},
//    "bias": {"dtype": "F32", "shape": [256], "data_offsets": [0, 1024]}, ...}
// Format: https://huggingface.co/docs/safetensors. Used by safetensors.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/dtype.hpp"
#include "core/tensor/shape.hpp"

namespace gradus {

// The element types of the format that we read, in the order in which tensors are written.
enum class StoredType : uint8_t { I64, F64, F32, I32, BF16, F16, BOOL };

std::string_view name_of(StoredType type);
size_t size_of(StoredType type);      // bytes of one element in the file
DType loaded_as(StoredType type);     // F16 and BF16 become float32, I32 becomes int64
StoredType stored_type(DType dtype);  // as which we write

struct SafetensorsEntry {
  std::string name;
  StoredType type;
  Shape shape;
  uint64_t begin;  // its bytes are [begin, end) of the data that follows the header
  uint64_t end;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of their bytes
  std::map<std::string, std::string> metadata;
};

// Accepts only a header whose tensors cover all `data_bytes` bytes, without overlaps or holes, each
// with as many as its type and shape need. FormatError names `file`, and the tensor that is wrong.
SafetensorsHeader parse_safetensors_header(std::string_view file, std::string_view json,
                                           uint64_t data_bytes);

// The JSON, padded with spaces so that the data begin at a multiple of 8 bytes. ValueError if a name
// is not UTF-8 or is the reserved "__metadata__".
std::string format_safetensors_header(const SafetensorsHeader& header);

}  // namespace gradus
