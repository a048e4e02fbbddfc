#include "core/kernels/cpu.hpp"

#include <hwy/targets.h>

#include <fstream>

namespace gradus::kernels {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t start = line.find_first_not_of(" \t:", line.find(':'));
    if (start != std::string::npos) return line.substr(start);
  }
  return "unknown";
}

// Targets are bits, the best one lowest.
std::string simd_target() {
  const int64_t targets = hwy::SupportedTargets();
  return hwy::TargetName(targets & -targets);
}

double measure_peak_gflops(int, double) { return 0; }

}  // namespace gradus::kernels
