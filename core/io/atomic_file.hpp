// Files that change as a whole: whoever opens the name finds the old content or the new one, and
// never a part, whatever happens in between: an error, a full disk, a kill, a power cut.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "core/io/file.hpp"

namespace gradus {

// Writes beside the target, and takes its place in commit(). Until then the target is untouched; the
// file beside it goes when this object does (after a kill, ".NAME.tmp-…" stays and can be deleted).
//   AtomicFile file("vocab.txt");  file.write(text);  file.commit();
class AtomicFile {
 public:
  // Follows a symbolic link to a file that exists. IoError if the folder is missing or not writable, or if the target is
  // there and is not a regular file.
  explicit AtomicFile(const std::filesystem::path& target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes) { file_.write(bytes); }
  void write(std::string_view text) { write(as_bytes(text)); }
  void commit();  // returns once the new content is on the disk under the target's name

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty once it has become the target
  OutputFile file_;
};

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace gradus
