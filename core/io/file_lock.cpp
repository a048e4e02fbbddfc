#include "core/io/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace gradus {

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path) {
  constexpr mode_t kMode = 0666;  // less what the umask takes away
  const int number = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (number < 0) throw_system_error("write", path);
  FileDescriptor file(number);
  // flock() and not fcntl(): the latter's lock goes as soon as any descriptor of the file is closed.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    const bool unknown = errno == ENOLCK || errno == ENOTSUP || errno == ENOSYS || errno == EINVAL;
    if (!unknown) throw_system_error("lock", path);
  }
  return FileLock(std::move(file));
}

}  // namespace gradus
