#include "core/autograd/observer.hpp"

namespace gradus {
namespace {
thread_local OpObserver* newest_observer = nullptr;
const Tensors kNone;
}  // namespace

OpObserver::OpObserver() : previous_(newest_observer) { newest_observer = this; }
OpObserver::~OpObserver() { newest_observer = previous_; }

OpObserver* OpObserver::active() { return newest_observer; }

Observed::Observed(const Activity& activity) : activity_(activity), observer_(newest_observer) {
  if (observer_) observer_->begin(activity_);
}

Observed::Observed(std::string_view name, Phase phase)
    : Observed({phase, name, nullptr, kNone, kNone}) {}

Observed::~Observed() {
  if (observer_) observer_->end(activity_);
}

}  // namespace gradus
