// Whether operations are recorded, for the calling thread: on, unless a NoGrad is alive.
#pragma once

namespace gradus {

bool grad_enabled();

// Sets the mode while it is alive:   NoGrad no_grad;   parameter.add_(update);
class GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled);
  ~GradModeGuard();
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;

 private:
  bool previous_;
};

struct NoGrad : GradModeGuard {
  NoGrad() : GradModeGuard(false) {}
};

// Records again inside a NoGrad.
struct EnableGrad : GradModeGuard {
  EnableGrad() : GradModeGuard(true) {}
};

}  // namespace gradus
