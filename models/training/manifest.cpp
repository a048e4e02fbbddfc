#include "models/training/manifest.hpp"

#include <zlib.h>

#include <charconv>

#include "core/error.hpp"
#include "core/io/file.hpp"
#include "core/io/json.hpp"

namespace gradus::training {
namespace {

namespace fs = std::filesystem;
constexpr int kVersion = 1;
constexpr size_t kMaxManifest = 1 << 20;  // bytes
constexpr size_t kPiece = 1 << 20;        // bytes read at a time

// Eight hexadecimal digits.
uint32_t parse_crc32(const std::string& text) {
  uint32_t crc = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), crc, 16);
  require<FormatError>(text.size() == 8 && error == std::errc() && end == text.data() + 8,
                       "\"{}\" is not a CRC-32", text);
  return crc;
}

Manifest parse(const std::string& text) {
  const Json json = parse_json(text);
  require<FormatError>(json.at("version").get<int>() == kVersion,
                       "its version is {}, this program knows {}", to_text(json.at("version")),
                       kVersion);
  Manifest manifest;
  for (const auto& [name, record] : json.at("files").items()) {
    require<FormatError>(is_plain_file_name(name), "\"{}\" is not the name of a file beside it",
                         name);
    require<FormatError>(record.at("size").is_number_unsigned(), "{}: not a size", name);
    manifest[name] = {.size = record.at("size").get<uint64_t>(),
                      .crc32 = parse_crc32(record.at("crc32").get<std::string>())};
  }
  return manifest;
}

FileRecord record_of(const InputFile& file) {
  FileRecord record;
  std::vector<std::byte> piece(kPiece);
  while (const size_t count = file.read_next(piece)) record.add(std::span(piece).first(count));
  return record;
}

void verify_file(const fs::path& path, const FileRecord& expected) {
  require<FormatError>(fs::exists(path), "{} is damaged: it is missing", path.string());
  const InputFile file(path);
  require<FormatError>(file.size() == expected.size,
                       "{} is damaged: it has {} bytes, and {} in the manifest", path.string(),
                       file.size(), expected.size);
  const FileRecord found = record_of(file);
  require<FormatError>(found == expected,
                       "{} is damaged: its checksum is {:08x}, and {:08x} in the manifest",
                       path.string(), found.crc32, expected.crc32);
}

}  // namespace

void FileRecord::add(std::span<const std::byte> bytes) {
  size += bytes.size();
  crc32 = static_cast<uint32_t>(
      ::crc32_z(crc32, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

bool is_plain_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name != kManifestFile &&
         name.find('/') == name.npos && name.find('\0') == name.npos;
}

std::string to_json(const Manifest& manifest) {
  Json files = Json::object();
  for (const auto& [name, record] : manifest) {
    files[name] = {{"size", record.size}, {"crc32", fmt::format("{:08x}", record.crc32)}};
  }
  return to_text({{"version", kVersion}, {"files", files}}, 2) + "\n";
}

Manifest read_manifest(const fs::path& directory) {
  const fs::path path = directory / kManifestFile;
  require<FormatError>(fs::exists(path), "{} is damaged: it is missing", path.string());
  const std::string text = read_file(path, kMaxManifest);
  try {
    return parse(text);
  } catch (const FormatError& error) {
    throw FormatError(fmt::format("{} is damaged: {}", path.string(), error.what()));
  } catch (const Json::exception& error) {
    throw FormatError(fmt::format("{} is damaged: {}", path.string(), error.what()));
  }
}

void verify_files(const fs::path& directory, const std::vector<std::string>& only) {
  const Manifest manifest = read_manifest(directory);
  for (const std::string& name : only) {
    require<FormatError>(manifest.contains(name), "{}: {} is not in the manifest",
                         directory.string(), name);
    verify_file(directory / name, manifest.at(name));
  }
  if (!only.empty()) return;
  for (const auto& [name, record] : manifest) verify_file(directory / name, record);
}

}  // namespace gradus::training
