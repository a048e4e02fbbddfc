// Any bytes as a safetensors file: tensors or a FormatError come out, and what came out can be
// written and read again. Start it on the golden files:
//   build/fuzz/bin/safetensors_fuzz -max_total_time=60 CORPUS tests/golden
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "core/error.hpp"
#include "core/io/safetensors.hpp"
#include "tests/collect.hpp"

using namespace gradus;

namespace {

void try_to_load(std::span<const std::byte> file) {
  try {
    const TensorMap tensors = load_safetensors(file, "fuzz");
    const std::string again = test::collect(to_safetensors(tensors));
    if (load_safetensors(as_bytes(again), "again").size() != tensors.size()) std::abort();
  } catch (const FormatError&) {
  }
}

}  // namespace

// The bytes are tried as a file, and as a header whose length is right, which mutations seldom hit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try_to_load(bytes);

  const uint64_t length = size;
  std::string with_length(sizeof length, '\0');
  std::memcpy(with_length.data(), &length, sizeof length);
  with_length.append(reinterpret_cast<const char*>(data), size);
  try_to_load(as_bytes(with_length));
  return 0;
}
