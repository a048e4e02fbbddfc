// What a person sees of long work: one line that is rewritten on a terminal, and a plain line now and
// then elsewhere. Everything goes to stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gradus::training {

class Progress {
 public:
  // Work of `total` steps, of which `done` were done before.
  explicit Progress(int64_t total, int64_t done = 0, bool quiet = false);

  // Step `step` (counted from 1) is done; `text` says what came of it.
  void update(int64_t step, const std::string& text);

  // A line that stays, above the one that changes.
  void note(const std::string& line);

  // Ends the changing line.
  void finish();

 private:
  bool is_due(int64_t step) const;
  std::string time_left(int64_t step) const;

  using Clock = std::chrono::steady_clock;
  int64_t total_;
  int64_t first_;
  bool quiet_;
  bool terminal_;
  bool line_open_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
};

// Seconds as a person says them: "41 s", "3:07", "1:02:33".
std::string format_duration(double seconds);

}  // namespace gradus::training
