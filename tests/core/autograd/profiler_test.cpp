// That the profiler counts what ran, once, and that its rows add up.
#include "core/autograd/profiler.hpp"

#include <algorithm>
#include <thread>

#include "core/autograd/apply.hpp"
#include "core/io/json.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

const ProfileRow* find(const Profile& profile, std::string_view name, Phase phase) {
  for (const ProfileRow& row : profile.rows) {
    if (row.name == name && row.phase == phase) return &row;
  }
  return nullptr;
}

int64_t calls(const Profile& profile, std::string_view name, Phase phase) {
  const ProfileRow* row = find(profile, name, phase);
  return row ? row->calls : 0;
}

void check_adds_up(const Profile& profile) {
  double seconds = 0;
  size_t allocated = 0;
  for (size_t i = 0; i < profile.rows.size(); ++i) {
    const ProfileRow& row = profile.rows[i];
    CAPTURE(row.name);
    CHECK(row.seconds >= 0);
    if (i > 0) CHECK(row.seconds <= profile.rows[i - 1].seconds);  // the longest first
    seconds += row.seconds;
    allocated += row.allocated;
  }
  CHECK(seconds == Approx(profile.seconds).epsilon(1e-9));
  CHECK(allocated == profile.allocated);
}

// y = exp(exp(x)), of two operations that it calls
struct Twice {
  static constexpr std::string_view name = "twice";
  Saved x{};
  Tensor forward(const Tensor& x_in) {
    x = x_in;
    return exp(exp(x_in));
  }
  Tensors backward(const Tensor& dy) const { return {dy * exp(exp(x)) * exp(x)}; }
};

void step(const Tensor& x, const Tensor& w) { sum(exp(matmul(x, w)) + w).backward(); }

}  // namespace

TEST_CASE("calls are counted, forward and backward apart") {
  const Tensor x = leaf({3, 3}), w = leaf({3, 3}, 1);
  const Profiler profiler;
  for (int i = 0; i < 3; ++i) step(x, w);
  exp(x);
  const Profile profile = profiler.report();
  CHECK(calls(profile, "matmul", Phase::forward) == 3);
  CHECK(calls(profile, "matmul", Phase::backward) == 3);
  CHECK(calls(profile, "exp", Phase::forward) == 4);
  CHECK(calls(profile, "exp", Phase::backward) == 3);
  CHECK(calls(profile, "gradient sums", Phase::backward) == 3);
  CHECK(calls(profile, "leaf", Phase::backward) == 0);
  CHECK(find(profile, "matmul", Phase::forward)->work.flops == 3 * 2 * 3 * 3 * 3);
  check_adds_up(profile);
}

TEST_CASE("what an operation calls is part of it, and counted once") {
  const Tensor x = leaf({4});
  const Profiler profiler;
  const Tensor y = apply(Twice{}, x);
  CHECK(calls(profiler.report(), "twice", Phase::forward) == 1);
  CHECK(calls(profiler.report(), "exp", Phase::forward) == 0);
  y.backward(normal({4}, 1));
  const Profile profile = profiler.report();
  CHECK(calls(profile, "twice", Phase::backward) == 1);
  CHECK(calls(profile, "exp", Phase::forward) == 0);
  CHECK(calls(profile, "mul", Phase::forward) == 0);
  check_adds_up(profile);
}

TEST_CASE("a region has a row for what it does outside of operations") {
  const Tensor x = leaf({100});
  const Profiler profiler;
  {
    const Observed region("a region");
    const Tensor own = zeros({1000});
    exp(x);
  }
  const Profile profile = profiler.report();
  const ProfileRow* region = find(profile, "a region", Phase::region);
  REQUIRE(region);
  CHECK(region->calls == 1);
  CHECK(region->allocated == 4096);  // 4000 bytes, rounded up by the allocator
  CHECK(calls(profile, "exp", Phase::forward) == 1);
  CHECK(find(profile, "exp", Phase::forward)->allocated >= 800);
  check_adds_up(profile);
}

TEST_CASE("after an operation that threw, the others are counted as before") {
  const Tensor x = leaf({3, 3});
  const Profiler profiler;
  CHECK_THROWS_AS(x.view({7}), ShapeError);
  CHECK_THROWS_AS(x + normal({2, 2}), ShapeError);
  exp(x);
  CHECK(calls(profiler.report(), "exp", Phase::forward) == 1);
  check_adds_up(profiler.report());
}

TEST_CASE("profiles of several steps add up, row by row") {
  const Tensor x = leaf({3, 3}), w = leaf({3, 3}, 1);
  Profile all;
  for (int i = 0; i < 2; ++i) {
    const Profiler profiler;
    step(x, w);
    all.add(profiler.report());
  }
  CHECK(calls(all, "matmul", Phase::backward) == 2);
  CHECK(std::ranges::count(all.rows, "other", &ProfileRow::name) == 1);
  check_adds_up(all);
}

TEST_CASE("nothing is recorded without a profiler, before it, or in another thread") {
  const Tensor x = leaf({3, 3}), w = leaf({3, 3}, 1);
  CHECK(OpObserver::active() == nullptr);
  step(x, w);
  const Profiler profiler;
  std::thread([&] { exp(x); }).join();
  const Profile profile = profiler.report();
  REQUIRE(profile.rows.size() == 1);
  CHECK(profile.rows[0].name == "other");
}

TEST_CASE("the trace has every call, with its shapes, inside its caller") {
  const Tensor x = leaf({3, 2}), w = leaf({2, 3}, 1);
  const Profiler profiler;
  sum(matmul(x, w)).backward();
  const auto events = parse_json(profiler.chrome_trace()).at("traceEvents");
  const auto event = [&](std::string_view name, std::string_view category) {
    for (const auto& e : events) {
      if (e.at("name") == name && e.at("cat") == category) return e;
    }
    FAIL("no such event: " << name << ", " << category);
    return Json{};
  };
  const auto forward = event("matmul", "forward"), backward = event("matmul", "backward");
  CHECK(forward.at("ph") == "X");
  CHECK(forward.at("args").at("inputs") == Json{{3, 2}, {2, 3}});
  CHECK(backward.at("args").at("inputs") == Json::array({{3, 3}}));
  const auto matmuls =
      std::ranges::count_if(events, [](const auto& e) { return e.at("name") == "matmul"; });
  CHECK(matmuls == 4);  // the backward is two products

  const auto encloses = [](const Json& outer, const Json& inner) {
    const double begin = outer.at("ts"), duration = outer.at("dur"), inner_begin = inner.at("ts"),
                 inner_duration = inner.at("dur"), rounding = 1e-6;
    return begin <= inner_begin + rounding &&
           inner_begin + inner_duration <= begin + duration + rounding;
  };
  CHECK(encloses(event("backward", "backward"), backward));
  CHECK(std::ranges::count_if(events, [&](const auto& e) { return encloses(backward, e); }) >= 3);
}
