#include "models/training/stop_signal.hpp"

#include <unistd.h>

#include <csignal>

namespace gradus::training {
namespace {

volatile std::sig_atomic_t received = 0;
struct sigaction previous_int, previous_term;

void on_signal(int number) {
  if (received) _exit(128 + number);  // as a shell reports a process that a signal ended
  received = 1;
}

}  // namespace

StopSignal::StopSignal() {
  received = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, &previous_int);
  sigaction(SIGTERM, &action, &previous_term);
}

StopSignal::~StopSignal() {
  sigaction(SIGINT, &previous_int, nullptr);
  sigaction(SIGTERM, &previous_term, nullptr);
}

bool StopSignal::requested() const { return received != 0; }

}  // namespace gradus::training
