#include "core/autograd/observer.hpp"

namespace gradus {
namespace {
thread_local BackwardObserver* newest = nullptr;
}  // namespace

BackwardObserver::BackwardObserver() : previous_(newest) { newest = this; }
BackwardObserver::~BackwardObserver() { newest = previous_; }

BackwardObserver* BackwardObserver::active() { return newest; }

}  // namespace gradus
