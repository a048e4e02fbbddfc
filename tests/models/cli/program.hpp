// The `gradus` program as a person runs it: arguments in; exit code, stdout and stderr out.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/io/json.hpp"
#include "core/random/philox.hpp"
#include "models/text/shuffle.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

namespace gradus::test {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

inline std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline fs::path write(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

inline Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Outcome {
  int code = -1;  // as a shell has it: 128 + n for a process that signal n ended
  std::string out, err;
};

// A started program. `max_file` limits the bytes of each file it writes, like a full disk;
// `screen` is a terminal to which its stderr goes.
class Program {
 public:
  explicit Program(const Arguments& arguments, std::optional<rlim_t> max_file = {},
                   int screen = -1) {
    std::vector<char*> argv;
    Arguments all = Arguments{GRADUS_PROGRAM} + arguments;
    for (std::string& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const fs::path out = files_ / "out", err = files_ / "err";
    process_ = ::fork();
    if (process_ != 0) return;
    if (max_file) {
      const rlimit limit{*max_file, *max_file};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);  // a write fails then, instead of ending the process
    }
    if (!std::freopen(out.c_str(), "w", stdout) || !std::freopen(err.c_str(), "w", stderr)) {
      ::_exit(126);
    }
    if (screen >= 0) ::dup2(screen, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ~Program() {
    if (process_ > 0) wait();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const { ::kill(process_, number); }
  bool is_running() {
    if (process_ > 0 && ::waitpid(process_, &status_, WNOHANG) == process_) process_ = 0;
    return process_ > 0;
  }
  Outcome wait() {
    if (process_ > 0) ::waitpid(process_, &status_, 0);
    process_ = 0;
    const int code = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
    return {.code = code, .out = read(files_ / "out"), .err = read(files_ / "err")};
  }

 private:
  TemporaryDirectory files_;
  pid_t process_ = 0;
  int status_ = 0;
};

inline Outcome gradus_program(const Arguments& arguments, std::optional<rlim_t> max_file = {}) {
  return Program(arguments, max_file).wait();
}

// One line on stderr, that has all of `parts`; nothing on stdout.
inline void check_refused(const Outcome& outcome, const std::vector<std::string>& parts,
                          int code = 1) {
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  const std::vector<std::string> lines = lines_of(outcome.err);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].substr(0, 8) == "gradus: ");
  for (const std::string& part : parts) CHECK_THAT(lines[0], ContainsSubstring(part));
}

// `documents` of eight sentences of four to six words, a sentence a line.
inline std::string small_text(size_t documents = 24) {
  const std::vector<std::string> who{"the cat", "the dog", "a bird", "the bee", "my friend"};
  const std::vector<std::string> does{"sees", "likes", "finds", "eats"};
  const std::vector<std::string> what{"honey", "a fish", "the sun", "bread", "the river"};
  RandomReader random({7, 0});
  const auto any = [&](const std::vector<std::string>& of) { return of[random.below(of.size())]; };
  std::string text;
  for (size_t d = 0; d < documents; ++d) {
    for (int s = 0; s < 8; ++s) text += any(who) + " " + any(does) + " " + any(what) + ".\n";
    text += "\n";
  }
  return text;
}

// A run that takes a moment: the smallest size, few tokens, one thread, no progress.
inline Arguments pretrain(const fs::path& text, const fs::path& out, const Arguments& more = {}) {
  return Arguments{"bert",    "pretrain", "--text", text.string(), "--out", out.string(),
                   "--quiet", "--config", "tiny",   "--threads",   "1"} +
         more;
}

inline const Arguments kSmall{"--vocab-size", "90",  "--batch",      "4", "--seq",      "32",
                              "--long-part",  "0.5", "--long-batch", "2", "--long-seq", "48"};

}  // namespace gradus::test
