#include "core/io/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/error.hpp"

namespace gradus {
namespace {

namespace fs = std::filesystem;

// Some systems refuse to move more than 2 GiB in one call.
constexpr size_t kMaxTransfer = size_t{1} << 30;

// Calls a system function again for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

FileDescriptor open_file(const fs::path& path, int flags, std::string_view action,
                         const fs::path& shown_as) {
  constexpr mode_t kMode = 0666;  // less what the umask takes away
  const int file = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kMode); });
  if (file < 0) throw_system_error(action, shown_as);
  return FileDescriptor(file);
}

}  // namespace

void throw_system_error(std::string_view action, const fs::path& path) {
  const std::string reason = std::generic_category().message(errno);
  throw IoError(fmt::format("cannot {} {}: {}", action, path.string(), reason));
}

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) ::close(number_);
}

InputFile::InputFile(fs::path path)
    : path_(std::move(path)), file_(open_file(path_, O_RDONLY, "read", path_)) {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) throw_system_error("read", path_);
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    throw_system_error("read", path_);
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

void InputFile::read_at(std::span<std::byte> to, uint64_t offset) const {
  while (!to.empty()) {
    const size_t piece = std::min(to.size(), kMaxTransfer);
    const ssize_t count = uninterrupted(
        [&] { return ::pread(file_.get(), to.data(), piece, static_cast<off_t>(offset)); });
    if (count < 0) throw_system_error("read", path_);
    require<IoError>(count > 0, "cannot read {}: it ends at byte {}, {} bytes too early",
                     path_.string(), offset, to.size());
    to = to.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

size_t InputFile::read_next(std::span<std::byte> to) const {
  const size_t piece = std::min(to.size(), kMaxTransfer);
  const ssize_t count = uninterrupted([&] { return ::read(file_.get(), to.data(), piece); });
  if (count < 0) throw_system_error("read", path_);
  return static_cast<size_t>(count);
}

OutputFile::OutputFile(const fs::path& path, fs::path shown_as)
    : shown_as_(std::move(shown_as)),
      file_(open_file(path, O_WRONLY | O_CREAT | O_EXCL, "write", shown_as_)) {}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const size_t piece = std::min(bytes.size(), kMaxTransfer);
    const ssize_t count = uninterrupted([&] { return ::write(file_.get(), bytes.data(), piece); });
    if (count < 0) throw_system_error("write", shown_as_);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void OutputFile::sync() {
  if (uninterrupted([&] { return ::fsync(file_.get()); }) != 0) {
    throw_system_error("write", shown_as_);
  }
}

void sync_directory(const fs::path& directory) {
  const fs::path path = directory.empty() ? "." : directory;
  const FileDescriptor file = open_file(path, O_RDONLY | O_DIRECTORY, "open", path);
  // File systems that cannot sync a directory say EINVAL, and there is no more that can be done.
  if (uninterrupted([&] { return ::fsync(file.get()); }) != 0 && errno != EINVAL) {
    throw_system_error("write", path);
  }
}

std::string read_file(const fs::path& path, size_t max_bytes) {
  const InputFile file(path);
  // Asking for one byte more than the file has shows its end, or that it is too long.
  std::string text(std::min<size_t>(file.size(), max_bytes) + 1, '\0');
  size_t length = 0;
  while (const size_t count =
             file.read_next(std::as_writable_bytes(std::span(text)).subspan(length))) {
    length += count;
    require<IoError>(length <= max_bytes, "cannot read {}: it has more than {} bytes",
                     path.string(), max_bytes);
    if (length == text.size()) text.resize(2 * length);  // a pipe does not tell its length
  }
  text.resize(length);
  return text;
}

}  // namespace gradus
