// What a ByteWriter writes, as one string.
#pragma once

#include <string>

#include "core/io/file.hpp"

namespace gradus::test {

inline std::string collect(const ByteWriter& write) {
  std::string bytes;
  write([&](std::span<const std::byte> piece) {
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return bytes;
}

}  // namespace gradus::test
