#include "core/io/atomic_file.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "core/error.hpp"

namespace gradus {
namespace {

namespace fs = std::filesystem;

// The file that `path` stands for. Renaming onto anything but a regular file would replace it: a
// device such as /dev/null, for one.
fs::path writable_target(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  require<IoError>(!fs::is_directory(status), "cannot write {}: Is a directory", path.string());
  require<IoError>(!fs::exists(status) || fs::is_regular_file(status),
                   "cannot write {}: it is not a regular file", path.string());
  return fs::exists(status) ? fs::canonical(path) : path;
}

// A name in the same folder that no other process or thread uses: ".NAME.tmp-PROCESS-COUNT".
fs::path name_beside(const fs::path& target) {
  static std::atomic<uint64_t> count = 0;
  fs::path name;
  std::error_code ignored;
  do {
    name = target.parent_path() /
           fmt::format(".{}.tmp-{}-{}", target.filename().string(), ::getpid(), count.fetch_add(1));
  } while (fs::exists(name, ignored));
  return name;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& target)
    : target_(writable_target(target)),
      temporary_(name_beside(target_)),
      file_(temporary_, target) {}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  // The bytes must be on the disk before the name points at them.
  file_.sync();
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) throw_system_error("write", target_);
  temporary_.clear();
  sync_directory(target_.parent_path());
}

void write_file_atomically(const fs::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  write_file_atomically(path, as_bytes(text));
}

}  // namespace gradus
