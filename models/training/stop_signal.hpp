// Ctrl-C and `kill` as a wish: the loop finishes its step, saves, and ends.
#pragma once

namespace gradus::training {

// While it is alive, the first SIGINT or SIGTERM is remembered, and the second ends the process at
// once. One may be alive at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool requested() const;
};

}  // namespace gradus::training
