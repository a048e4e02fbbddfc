// Where the time goes, of what the calling thread runs from construction on:
//   Profiler profiler;
//   loss(model(x)).backward();
//   const Profile profile = profiler.report();
// An operation's time includes that of the operations which it calls; those are not counted again,
// so that the rows add up to the whole. It remembers every call, for the trace.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/autograd/observer.hpp"
#include "core/autograd/work.hpp"

namespace gradus {

std::string_view name_of(Phase phase);  // a traversal is "backward"

// All calls of an operation in one direction; of a region, what it does outside of operations.
// Beside those there are two more rows:
//   "gradient sums"  of a backward, what the engine does between the operations: it adds up what
//                    arrives by several paths, and sums out what was broadcast
//   "other"          all the rest
struct ProfileRow {
  std::string name;
  Phase phase;  // forward, backward or region
  int64_t calls = 0;
  double seconds = 0;
  size_t allocated = 0;  // bytes asked of the allocator
  Work work{};
};

struct Profile {
  double seconds = 0;
  size_t allocated = 0;            // bytes
  std::vector<ProfileRow> rows{};  // that of the longest time first

  void add(const Profile& other);  // as if one had followed the other
};

class Profiler final : OpObserver {
 public:
  Profiler();

  Profile report() const;  // from construction until now

  // Every call with its time, shapes and work, for chrome://tracing or ui.perfetto.dev: JSON in the
  // Trace Event Format, times in µs since construction. Here those that others called are events of
  // their own, inside their callers.
  std::string chrome_trace() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Event {
    std::string name;
    Phase phase;
    std::vector<Shape> inputs;
    bool counted;  // in a row of its own, not in its caller's
    bool ended = false;
    Clock::time_point start{};
    Clock::duration duration{}, within{};        // `within`: of the counted events inside
    size_t allocated = 0, allocated_within = 0;  // until the end: by all that ran before
    Work work{};
  };

  void begin(const Activity& activity) override;
  void end(const Activity& activity) noexcept override;

  Clock::time_point start_;
  size_t allocated_before_;
  std::vector<Event> events_;
  std::vector<size_t> open_;  // the events that have not ended, from the outermost
};

}  // namespace gradus
