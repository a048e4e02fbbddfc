#include "core/kernels/cpu.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/kernels/parallel.hpp"
#include "core/kernels/scratch.hpp"
#include "core/kernels/thread_pool.hpp"
#include "core/median.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/cpu.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

// Runs `rounds` multiply-adds on each of 12 registers, enough of them to hide the latency of two
// units. Returns the number of floating-point operations; `result` depends on them all, which keeps
// the compiler from dropping any.
double multiply_add_rounds(int64_t rounds, float* result) {
  constexpr int kRegisters = 12;
  const Floats d;
  const FloatVec factor = hn::Set(d, 0.999F), term = hn::Set(d, 0.001F);
  FloatVec registers[kRegisters];
  for (int r = 0; r < kRegisters; ++r) registers[r] = hn::Set(d, static_cast<float>(r));
  for (int64_t round = 0; round < rounds; ++round) {
    for (FloatVec& r : registers) r = hn::MulAdd(r, factor, term);
  }
  FloatVec sum = hn::Zero(d);
  for (const FloatVec& r : registers) sum = hn::Add(sum, r);
  *result = sum_lanes(sum);
  return static_cast<double>(rounds) * kRegisters * static_cast<double>(hn::Lanes(d)) * 2;
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

HWY_EXPORT(target_name);
HWY_EXPORT(multiply_add_rounds);

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t start = line.find_first_not_of(" \t:", line.find(':'));
    if (start != std::string::npos) return line.substr(start);
  }
  return "unknown";
}

std::string simd_target() { return HWY_DYNAMIC_DISPATCH(target_name)(); }

double measure_peak_gflops(int threads, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t kRounds = 20000;  // below a millisecond
  std::vector<double> operations(static_cast<size_t>(threads));
  const Clock::time_point start = Clock::now();
  const Clock::time_point deadline =
      start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  ThreadPool::instance().run(threads, threads, [&](int64_t thread) {
    float result = 0;
    do {
      operations[static_cast<size_t>(thread)] +=
          HWY_DYNAMIC_DISPATCH(multiply_add_rounds)(kRounds, &result);
    } while (Clock::now() < deadline);
  });
  const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  double total = 0;
  for (double done : operations) total += done;
  return total / elapsed * 1e-9;
}

double measure_copy_gbps(int64_t bytes, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t kGrain = 1 << 16;  // bytes
  const int64_t half = std::max<int64_t>(1, bytes / 2);
  const Scratch<char> from(half), to(half);
  std::fill_n(from.get(), half, char{1});
  std::fill_n(to.get(), half, char{0});  // so that the system has given it before the first copy
  std::vector<double> times;
  const auto start = Clock::now();
  do {
    const auto begin = Clock::now();
    parallel_for(half, kGrain, [&](int64_t first, int64_t last) {
      std::memcpy(to.get() + first, from.get() + first, static_cast<size_t>(last - first));
    });
    times.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  } while (std::chrono::duration<double>(Clock::now() - start).count() < seconds);
  return 2 * static_cast<double>(half) / median(times) * 1e-9;
}

}  // namespace gradus::kernels
#endif  // HWY_ONCE
