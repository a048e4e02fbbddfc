// Files that change as a whole, also when the disk is full; and the errors of plain files.
#include "core/io/atomic_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace gradus;
using test::TemporaryDirectory;
using Names = std::vector<std::string>;

namespace {

namespace fs = std::filesystem;

constexpr size_t kAnySize = 1 << 20;

// While it lives, no file of this process may grow beyond `bytes`: a write beyond fails with EFBIG,
// as one to a full disk does with ENOSPC.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

void check_io_error(const fs::path& path, const std::string& reason) {
  CHECK_THROWS_AS(write_file_atomically(path, "new"), IoError);
  CHECK_THROWS_WITH(
      write_file_atomically(path, "new"),
      ContainsSubstring("cannot write " + path.string() + ": ") && ContainsSubstring(reason));
}

}  // namespace

TEST_CASE("atomic file: a new file, then a new content") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "a.txt";
  write_file_atomically(path, "first, and longer");
  CHECK(read_file(path, kAnySize) == "first, and longer");
  write_file_atomically(path, "second");
  CHECK(read_file(path, kAnySize) == "second");
  write_file_atomically(path, "");
  CHECK(read_file(path, kAnySize).empty());
  CHECK(directory.names() == Names{"a.txt"});
}

TEST_CASE("atomic file: others may read the file as the umask says") {
  const TemporaryDirectory directory;
  const mode_t umask_before = ::umask(022);
  write_file_atomically(directory / "a", "text");
  ::umask(umask_before);
  CHECK(fs::status(directory / "a").permissions() == fs::perms{0644});
}

TEST_CASE("atomic file: without commit nothing happened") {
  const TemporaryDirectory directory;
  write_file_atomically(directory / "a", "old");
  {
    AtomicFile file(directory / "a");
    file.write("new");
    CHECK(directory.names().size() == 2);
    CHECK(read_file(directory / "a", kAnySize) == "old");
  }
  CHECK(read_file(directory / "a", kAnySize) == "old");
  CHECK(directory.names() == Names{"a"});
}

TEST_CASE("atomic file: several writers of one name do not mix") {
  const TemporaryDirectory directory;
  AtomicFile first(directory / "a");
  AtomicFile second(directory / "a");
  first.write("1");
  second.write("2");
  first.write("1");
  second.commit();
  CHECK(read_file(directory / "a", kAnySize) == "2");
  first.commit();
  CHECK(read_file(directory / "a", kAnySize) == "11");
}

TEST_CASE("atomic file: a symbolic link is followed") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "real");
  fs::create_symlink("real/file", directory / "link");
  write_file_atomically(directory / "real/file", "1");
  write_file_atomically(directory / "link", "2");
  CHECK(fs::is_symlink(directory / "link"));
  CHECK(read_file(directory / "real/file", kAnySize) == "2");
}

TEST_CASE("atomic file: a disk that fills up leaves the old content and nothing else") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "model";
  write_file_atomically(path, "old");
  {
    const FileSizeLimit limit(10000);
    CHECK_THROWS_AS(write_file_atomically(path, std::string(10001, 'x')), IoError);
    CHECK_THROWS_WITH(write_file_atomically(path, std::string(10001, 'x')),
                      "cannot write " + path.string() + ": File too large");
  }
  CHECK(read_file(path, kAnySize) == "old");
  CHECK(directory.names() == Names{"model"});
}

TEST_CASE("atomic file: targets that cannot be written") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "folder");
  write_file_atomically(directory / "file", "text");
  check_io_error(directory / "folder", "Is a directory");
  check_io_error(directory / "none/file", "No such file or directory");
  check_io_error(directory / "file/file", "Not a directory");
  check_io_error(directory / std::string(300, 'n'), "File name too long");
  check_io_error("/dev/null", "not a regular file");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(directory.names() == Names{"file", "folder"});

  fs::permissions(directory / "folder", fs::perms::owner_read | fs::perms::owner_exec);
  if (::geteuid() != 0) check_io_error(directory / "folder/file", "Permission denied");
  if (fs::exists("/proc/self/fd")) check_io_error("/proc/self/file", "");  // also for root
}

TEST_CASE("read_file: the whole file, or an error that says why not") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "file";
  const std::string text("a\0b\n", 4);
  write_file_atomically(path, text);
  CHECK(read_file(path, 4) == text);
  CHECK_THROWS_AS(read_file(path, 3), IoError);
  CHECK_THROWS_WITH(read_file(path, 3),
                    "cannot read " + path.string() + ": it has more than 3 bytes");
  CHECK_THROWS_WITH(read_file(directory / "none", 9),
                    ContainsSubstring("none: No such file or directory"));
  CHECK_THROWS_WITH(read_file(directory.path(), 9), ContainsSubstring("Is a directory"));
  CHECK_THROWS_AS(read_file("/dev/zero", 1000), IoError);  // endless
}

TEST_CASE("read_file: a pipe, which does not tell its length") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const std::string text(5000, 'x');
  REQUIRE(::write(ends[1], text.data(), text.size()) == 5000);
  ::close(ends[1]);
  CHECK(read_file(fmt::format("/dev/fd/{}", ends[0]), kAnySize) == text);
  ::close(ends[0]);
}

TEST_CASE("input file: reading beyond the end is an error") {
  const TemporaryDirectory directory;
  write_file_atomically(directory / "file", "12345");
  const InputFile file(directory / "file");
  CHECK(file.size() == 5);
  std::string text(3, ' ');
  file.read_at(std::as_writable_bytes(std::span(text)), 1);
  CHECK(text == "234");
  CHECK_THROWS_WITH(file.read_at(std::as_writable_bytes(std::span(text)), 3),
                    ContainsSubstring("it ends at byte 5, 1 bytes too early"));
}

TEST_CASE("output file: an existing file is never overwritten") {
  const TemporaryDirectory directory;
  write_file_atomically(directory / "file", "text");
  CHECK_THROWS_WITH(OutputFile(directory / "file"), ContainsSubstring("File exists"));
  CHECK(read_file(directory / "file", 9) == "text");
}
