#include "models/training/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace gradus::training {
namespace {

using namespace std::chrono_literals;
constexpr auto kTerminalInterval = 200ms;  // fast enough to look alive
constexpr auto kPlainInterval = 15s;       // few enough lines for a log file

}  // namespace

std::string format_duration(double seconds) {
  const auto s = static_cast<int64_t>(std::lround(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

Progress::Progress(int64_t total, int64_t done, bool quiet)
    : total_(total), first_(done), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

bool Progress::is_due(int64_t step) const {
  if (step == total_ || step == first_ + 1) return true;
  return Clock::now() - shown_ >= (terminal_ ? kTerminalInterval : Clock::duration(kPlainInterval));
}

std::string Progress::time_left(int64_t step) const {
  const std::chrono::duration<double> spent = Clock::now() - start_;
  const double per_step = spent.count() / static_cast<double>(step - first_);
  return format_duration(per_step * static_cast<double>(total_ - step));
}

void Progress::update(int64_t step, const std::string& text) {
  if (quiet_ || !is_due(step)) return;
  shown_ = Clock::now();
  const std::string line =
      fmt::format("step {}/{}  {}  {} left", step, total_, text, time_left(step));
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", line);  // back to the first column, clear the line
    std::fflush(stderr);
    line_open_ = true;
  } else {
    fmt::print(stderr, "{}\n", line);
  }
}

void Progress::note(const std::string& line) {
  if (quiet_) return;
  finish();
  fmt::print(stderr, "{}\n", line);
}

void Progress::finish() {
  if (line_open_) fmt::print(stderr, "\n");
  line_open_ = false;
}

}  // namespace gradus::training
