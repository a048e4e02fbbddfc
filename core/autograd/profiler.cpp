#include "core/autograd/profiler.hpp"

#include <algorithm>

#include "core/io/json.hpp"
#include "core/tensor/allocator.hpp"

namespace gradus {
namespace {

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double microseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

// Adds the row to that of the same operation in the same direction.
void merge(std::vector<ProfileRow>& rows, const ProfileRow& row) {
  const auto same = std::ranges::find_if(rows, [&](const ProfileRow& other) {
    return other.name == row.name && other.phase == row.phase;
  });
  if (same == rows.end()) {
    rows.push_back(row);
    return;
  }
  same->calls += row.calls;
  same->seconds += row.seconds;
  same->allocated += row.allocated;
  same->work.flops += row.work.flops;
  same->work.bytes += row.work.bytes;
}

void sort_by_time(std::vector<ProfileRow>& rows) {
  std::ranges::stable_sort(rows, std::ranges::greater{}, &ProfileRow::seconds);
}

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::forward:
      return "forward";
    case Phase::backward:
    case Phase::traversal:
      return "backward";
    case Phase::region:
      break;
  }
  return "region";
}

void Profile::add(const Profile& other) {
  seconds += other.seconds;
  allocated += other.allocated;
  for (const ProfileRow& row : other.rows) merge(rows, row);
  sort_by_time(rows);
}

Profiler::Profiler() : start_(Clock::now()), allocated_before_(memory_stats().allocated) {}

void Profiler::begin(const Activity& activity) {
  // Of what runs inside an event, that of a region is counted, and the backwards of a traversal.
  const Event* caller = open_.empty() ? nullptr : &events_[open_.back()];
  const bool counted =
      !caller ||
      (caller->counted && (caller->phase == Phase::region || (caller->phase == Phase::traversal &&
                                                              activity.phase == Phase::backward)));
  Event event{.name = std::string(activity.name),
              .phase = activity.phase,
              .inputs = {},
              .counted = counted};
  for (const Tensor& input : activity.inputs) {
    event.inputs.push_back(input.defined() ? input.shape() : Shape{});
  }
  events_.push_back(std::move(event));
  open_.push_back(events_.size() - 1);
  events_.back().allocated = memory_stats().allocated;
  events_.back().start = Clock::now();
}

void Profiler::end(const Activity& activity) noexcept {
  const auto now = Clock::now();
  Event& event = events_[open_.back()];
  open_.pop_back();
  event.ended = true;
  event.duration = now - event.start;
  event.allocated = memory_stats().allocated - event.allocated;
  event.work = work_of(activity);
  if (!event.counted || open_.empty()) return;
  events_[open_.back()].within += event.duration;
  events_[open_.back()].allocated_within += event.allocated;
}

Profile Profiler::report() const {
  Profile profile{.seconds = seconds(Clock::now() - start_),
                  .allocated = memory_stats().allocated - allocated_before_};
  ProfileRow other{.name = "other",
                   .phase = Phase::region,
                   .seconds = profile.seconds,
                   .allocated = profile.allocated};
  for (const Event& event : events_) {
    if (!event.counted || !event.ended) continue;
    const bool engine = event.phase == Phase::traversal;
    const ProfileRow row{.name = engine ? "gradient sums" : event.name,
                         .phase = engine ? Phase::backward : event.phase,
                         .calls = 1,
                         .seconds = seconds(event.duration - event.within),
                         .allocated = event.allocated - event.allocated_within,
                         .work = event.work};
    other.seconds -= row.seconds;
    other.allocated -= row.allocated;
    merge(profile.rows, row);
  }
  merge(profile.rows, other);
  sort_by_time(profile.rows);
  return profile;
}

std::string Profiler::chrome_trace() const {
  Json events = Json::array();
  for (const Event& event : events_) {
    if (!event.ended) continue;
    events.push_back({{"name", event.name},
                      {"cat", name_of(event.phase)},
                      {"ph", "X"},  // a complete event: start and duration
                      {"ts", microseconds(event.start - start_)},
                      {"dur", microseconds(event.duration)},
                      {"pid", 1},
                      {"tid", 1},
                      {"args",
                       {{"inputs", event.inputs},
                        {"allocated_bytes", event.allocated},
                        {"flops", event.work.flops},
                        {"bytes", event.work.bytes}}}});
  }
  return to_text({{"traceEvents", events}, {"displayTimeUnit", "ms"}});
}

}  // namespace gradus
