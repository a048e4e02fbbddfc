#include "core/io/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/io/atomic_file.hpp"
#include "core/io/safetensors_header.hpp"
#include "core/tensor/creation.hpp"

namespace gradus {
namespace {

// The format is little-endian, and elements are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little && sizeof(bool) == 1);

// About 100,000 tensors; it bounds what a hostile header can make the JSON reader allocate.
constexpr uint64_t kMaxHeader = 16 << 20;
constexpr uint64_t kLengthBytes = sizeof(uint64_t);  // a file begins with the header's length

std::span<std::byte> bytes_of(const Tensor& contiguous) {
  return dispatch(contiguous.dtype(), [&]<class T>() {
    return std::as_writable_bytes(
        std::span(contiguous.data<T>(), static_cast<size_t>(contiguous.numel())));
  });
}

// IEEE 754 binary16: 1 sign, 5 exponent, 10 mantissa bits.
//   exponent 0: ±mantissa · 2⁻²⁴     1 to 30: ±1.mantissa · 2^(exponent − 15)     31: ±∞ or NaN
float float_from_half(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half >> 15) << 31;
  const uint32_t exponent = (half >> 10) & 0x1f;
  const uint32_t mantissa = half & 0x3ff;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -magnitude : magnitude;
  }
  const uint32_t widened = exponent == 31 ? 255 : exponent - 15 + 127;
  return std::bit_cast<float>(sign | widened << 23 | mantissa << 13);
}

// bfloat16 is the upper half of a float32.
float float_from_bfloat(uint16_t bfloat) {
  return std::bit_cast<float>(static_cast<uint32_t>(bfloat) << 16);
}

template <class Stored, class T>
void read_converted(const Tensor& to, uint64_t offset, const ByteSource& source,
                    T (*convert)(Stored)) {
  std::vector<Stored> stored(static_cast<size_t>(to.numel()));
  source(std::as_writable_bytes(std::span(stored)), offset);
  std::ranges::transform(stored, to.data<T>(), convert);
}

Tensor read_tensor(std::string_view file, const SafetensorsEntry& entry, uint64_t data_begin,
                   const ByteSource& source) {
  const Tensor tensor = empty(entry.shape, loaded_as(entry.type));
  const uint64_t offset = data_begin + entry.begin;
  if (entry.type == StoredType::F16) {
    read_converted(tensor, offset, source, float_from_half);
  } else if (entry.type == StoredType::BF16) {
    read_converted(tensor, offset, source, float_from_bfloat);
  } else if (entry.type == StoredType::I32) {
    read_converted(
        tensor, offset, source, +[](int32_t value) -> int64_t { return value; });
  } else {
    source(bytes_of(tensor), offset);
  }
  if (entry.type == StoredType::BOOL) {  // any other byte in a bool is undefined behaviour
    require<FormatError>(
        std::ranges::all_of(bytes_of(tensor), [](std::byte b) { return b <= std::byte{1}; }),
        "{}: tensor \"{}\": a bool is neither 0 nor 1", file, entry.name);
  }
  return tensor;
}

TensorMap load(std::string_view file, uint64_t size, const ByteSource& source) {
  require<FormatError>(size >= kLengthBytes, "{}: not a safetensors file: only {} bytes", file,
                       size);
  uint64_t length = 0;
  source(std::as_writable_bytes(std::span(&length, 1)), 0);
  require<FormatError>(
      length <= std::min(size - kLengthBytes, kMaxHeader),
      "{}: not a safetensors file, or damaged: a header of {} bytes in a file of {}", file, length,
      size);
  std::string text(length, '\0');
  source(std::as_writable_bytes(std::span(text)), kLengthBytes);

  const uint64_t data_begin = kLengthBytes + length;
  const SafetensorsHeader header = parse_safetensors_header(file, text, size - data_begin);
  TensorMap result;
  for (const SafetensorsEntry& entry : header.entries) {
    result.emplace(entry.name, read_tensor(file, entry, data_begin, source));
  }
  return result;
}

// Larger elements first, then by name: all are aligned, and the order is that of the reference
// implementation.
SafetensorsHeader header_of(const TensorMap& tensors, const Metadata& metadata) {
  SafetensorsHeader header{.entries = {}, .metadata = metadata};
  for (const auto& [name, tensor] : tensors) {
    require<ValueError>(tensor.defined(), "safetensors: tensor \"{}\" is undefined", name);
    header.entries.push_back({.name = name,
                              .type = stored_type(tensor.dtype()),
                              .shape = tensor.shape(),
                              .begin = 0,
                              .end = 0});
  }
  std::ranges::stable_sort(header.entries, {}, &SafetensorsEntry::type);
  uint64_t offset = 0;
  for (SafetensorsEntry& entry : header.entries) {
    entry.begin = offset;
    offset += static_cast<uint64_t>(numel(entry.shape)) * size_of(entry.type);
    entry.end = offset;
  }
  return header;
}

}  // namespace

TensorMap load_safetensors(const std::filesystem::path& path) {
  const InputFile file(path);
  return load(path.string(), file.size(),
              [&](std::span<std::byte> to, uint64_t offset) { file.read_at(to, offset); });
}

TensorMap load_safetensors(std::span<const std::byte> file, std::string_view name) {
  return load(name, file.size(), [&](std::span<std::byte> to, uint64_t offset) {
    std::ranges::copy(file.subspan(offset, to.size()), to.begin());
  });
}

ByteWriter to_safetensors(TensorMap tensors, Metadata metadata) {
  return [tensors = std::move(tensors), metadata = std::move(metadata)](const ByteSink& sink) {
    const SafetensorsHeader header = header_of(tensors, metadata);
    const std::string text = format_safetensors_header(header);
    const uint64_t length = text.size();
    sink(std::as_bytes(std::span(&length, 1)));
    sink(as_bytes(text));
    for (const SafetensorsEntry& entry : header.entries) {
      sink(bytes_of(tensors.at(entry.name).detach().contiguous()));
    }
  };
}

void save_safetensors(const std::filesystem::path& path, TensorMap tensors, Metadata metadata) {
  AtomicFile out(path);
  to_safetensors(std::move(tensors),
                 std::move(metadata))([&](std::span<const std::byte> bytes) { out.write(bytes); });
  out.commit();
}

}  // namespace gradus
