// manifest.json: size and checksum of every file beside it, by which damage is noticed before
// anything is loaded. The checksum is zlib's CRC-32: it finds accidents, and is no protection
// against people.
//   {"version": 1, "files": {"config.json": {"size": 421, "crc32": "8c736521"}, ...}}
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace gradus::training {

inline constexpr const char* kManifestFile = "manifest.json";

// What is known of a file's content; add() its bytes piece by piece.
struct FileRecord {
  uint64_t size = 0;  // bytes
  uint32_t crc32 = 0;

  void add(std::span<const std::byte> bytes);
  bool operator==(const FileRecord&) const = default;
};

using Manifest = std::map<std::string, FileRecord>;  // by file name

// Whether `name` can stand in a manifest: the name of a file in the same directory.
bool is_plain_file_name(const std::string& name);

std::string to_json(const Manifest& manifest);

// Throws FormatError if it is missing or not a manifest.
Manifest read_manifest(const std::filesystem::path& directory);

// Throws FormatError that names the first file that is missing, or has another size or checksum than
// the manifest says. With `only`, looks at these files alone, which the manifest must have.
void verify_files(const std::filesystem::path& directory,
                  const std::vector<std::string>& only = {});

}  // namespace gradus::training
