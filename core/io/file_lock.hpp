// A lock on a file, which one holder at a time has, in this process or another. It binds only those
// who ask for it. The system takes it back when the holder ends, however it ends, so that no lock is
// left over; the file stays.
#pragma once

#include <filesystem>
#include <optional>

#include "core/io/file.hpp"

namespace gradus {

class FileLock {
 public:
  // The lock on `path`, which is made if it is missing; none if somebody else has it. IoError if the
  // file cannot be made or opened. On a file system that knows no locks, everybody gets one.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path);

 private:
  explicit FileLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;  // the lock goes when it is closed
};

}  // namespace gradus
