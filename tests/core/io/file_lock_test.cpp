// One holder at a time; and whoever is gone holds nothing.
#include "core/io/file_lock.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace gradus;
using test::TemporaryDirectory;

TEST_CASE("a lock has one holder, until it lets go") {
  const TemporaryDirectory dir;
  {
    const auto first = FileLock::try_acquire(dir / "lock");
    CHECK(first.has_value());
    CHECK_FALSE(FileLock::try_acquire(dir / "lock").has_value());
    CHECK_FALSE(FileLock::try_acquire(dir / "lock").has_value());  // asking changes nothing
    CHECK(FileLock::try_acquire(dir / "another").has_value());
  }
  auto second = FileLock::try_acquire(dir / "lock");
  REQUIRE(second.has_value());
  const FileLock moved = *std::move(second);
  second.reset();
  CHECK_FALSE(FileLock::try_acquire(dir / "lock").has_value());
  CHECK_THROWS_AS(FileLock::try_acquire(dir / "missing/lock"), IoError);
}

TEST_CASE("a process that was killed holds no lock") {
  const TemporaryDirectory dir;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_acquire(dir / "lock");
    const char has = lock.has_value() ? 'y' : 'n';
    if (::write(ready[1], &has, 1) == 1) ::pause();
    ::_exit(1);
  }
  char has = 0;
  REQUIRE(::read(ready[0], &has, 1) == 1);
  CHECK(has == 'y');
  CHECK_FALSE(FileLock::try_acquire(dir / "lock").has_value());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(FileLock::try_acquire(dir / "lock").has_value());
  ::close(ready[0]);
  ::close(ready[1]);
}
