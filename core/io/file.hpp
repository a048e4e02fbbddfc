// Plain files: each call does all that it was asked, or throws an IoError that names the file and
// the system's reason: "cannot read vocab.txt: No such file or directory".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gradus {

// Where bytes go, piece by piece; what sends them there; and where they come from: all of `to`, from
// byte `offset` on.
using ByteSink = std::function<void(std::span<const std::byte> bytes)>;
using ByteWriter = std::function<void(const ByteSink& sink)>;
using ByteSource = std::function<void(std::span<std::byte> to, uint64_t offset)>;

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// An open file of the system, closed at the end of its life.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor();

  int get() const { return number_; }

 private:
  int number_;
};

// A file to read from.
class InputFile {
 public:
  explicit InputFile(std::filesystem::path path);  // IoError if missing, or a directory

  uint64_t size() const { return size_; }                        // bytes; 0 for pipes
  void read_at(std::span<std::byte> to, uint64_t offset) const;  // IoError if the file ends early
  size_t read_next(std::span<std::byte> to) const;  // how many bytes came; 0 at the end

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  uint64_t size_ = 0;
};

// A new file to write to; not buffered, so pass large pieces. Errors name the file `shown_as`.
class OutputFile {
 public:
  OutputFile(const std::filesystem::path& path, std::filesystem::path shown_as);
  explicit OutputFile(const std::filesystem::path& path) : OutputFile(path, path) {}

  void write(std::span<const std::byte> bytes);
  void sync();  // returns once the bytes are on the disk

 private:
  std::filesystem::path shown_as_;
  FileDescriptor file_;
};

// Returns once the names in a directory (files created, renamed, removed) are on the disk.
void sync_directory(const std::filesystem::path& directory);

// The whole file, which may be a pipe. IoError if it has more than `max_bytes`.
std::string read_file(const std::filesystem::path& path, size_t max_bytes);

// Throws the IoError of the system call that just failed: "cannot `action` `path`: ‹errno›".
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path);

}  // namespace gradus
