#include "models/bench/benchmark.hpp"

#include <benchmark/benchmark.h>

#include <optional>

#include "core/error.hpp"
#include "core/kernels/cpu.hpp"
#include "core/kernels/parallel.hpp"

namespace gradus::bench {
namespace {

// Keeps the median of the repetitions instead of printing them.
class Median final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      seconds = run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit);
    }
  }
  std::optional<double> seconds;
};

double median_seconds(const Case& work) {
  constexpr int kRepetitions = 5;
  constexpr double kMinSeconds = 0.05;  // of each
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(work.name.c_str(),
                               [&](benchmark::State& state) {
                                 for (auto _ : state) work.run();
                               })
      ->UseRealTime()
      ->MinTime(kMinSeconds)
      ->Repetitions(kRepetitions)
      ->ReportAggregatesOnly();
  Median median;
  benchmark::RunSpecifiedBenchmarks(&median);
  require<Error>(median.seconds.has_value(), "bench: {} was not measured", work.name);
  return *median.seconds;
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
  const Threads threads(work.threads);
  const double seconds = median_seconds(work);
  Result result{.name = work.name, .size = work.size, .milliseconds = seconds * 1e3};
  if (work.flops > 0) {
    result.rate = work.flops / seconds / 1e9, result.unit = "GFLOP";
    result.bound = kernels::measure_peak_gflops(num_threads());
  } else if (work.bytes > 0) {
    result.rate = work.bytes / seconds / 1e9, result.unit = "GB";
    result.bound = kernels::measure_copy_gbps(static_cast<int64_t>(work.bytes));
  } else {
    result.rate = work.text_bytes / seconds / 1e6, result.unit = "MB";
  }
  return result;
}

}  // namespace gradus::bench
