#include "models/bench/benchmark.hpp"

#include <benchmark/benchmark.h>

#include <optional>

#include "core/error.hpp"
#include "core/kernels/cpu.hpp"
#include "core/kernels/parallel.hpp"
#include "core/median.hpp"

namespace gradus::bench {
namespace {

// Keeps the time of a run instead of printing it.
class LastRun final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      seconds = run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit);
    }
  }
  std::optional<double> seconds;
};

double seconds_of(const Case& work) {
  constexpr double kMinSeconds = 0.05;
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(work.name.c_str(),
                               [&](benchmark::State& state) {
                                 for (auto _ : state) work.run();
                               })
      ->UseRealTime()
      ->MinTime(kMinSeconds);
  LastRun run;
  benchmark::RunSpecifiedBenchmarks(&run);
  require<Error>(run.seconds.has_value(), "bench: {} was not measured", work.name);
  return *run.seconds;
}

// What the machine could do at best now, in the unit of the case's rate; 0 where nothing is known.
double bound_of(const Case& work) {
  constexpr double kSeconds = 0.05;
  if (work.flops > 0) return kernels::measure_peak_gflops(num_threads(), kSeconds);
  if (work.bytes > 0) return kernels::measure_copy_gbps(static_cast<int64_t>(work.bytes), kSeconds);
  return 0;
}

// The number of threads of a case, while it lives.
class Threads {
 public:
  explicit Threads(int threads) : before_(num_threads()) {
    if (threads > 0) set_num_threads(threads);
  }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace

Result measure(const Case& work) {
  constexpr int kTurns = 5;
  const Threads threads(work.threads);
  std::vector<double> times, bounds;
  for (int turn = 0; turn < kTurns; ++turn) {
    times.push_back(seconds_of(work));
    bounds.push_back(bound_of(work));
  }
  const double seconds = median(times);
  Result result{
      .name = work.name, .size = work.size, .milliseconds = seconds * 1e3, .bound = median(bounds)};
  if (work.flops > 0) {
    result.rate = work.flops / seconds / 1e9, result.unit = "GFLOP";
  } else if (work.bytes > 0) {
    result.rate = work.bytes / seconds / 1e9, result.unit = "GB";
  } else if (work.text_bytes > 0) {
    result.rate = work.text_bytes / seconds / 1e6, result.unit = "MB";
  } else {
    result.rate = work.operations / seconds / 1e3, result.unit = "k op";
  }
  return result;
}

}  // namespace gradus::bench
