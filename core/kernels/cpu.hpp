// What the machine is and what it can do, as `gradus info` and `gradus bench` report it.
#pragma once

#include <cstdint>
#include <string>

namespace gradus::kernels {

std::string cpu_name();     // "AMD EPYC 9575F"; "unknown" where the system does not tell
std::string simd_target();  // the Highway target that dispatch chose: "AVX3_ZEN4", "AVX2", ...

// Multiply-adds of independent registers on `threads` threads of the pool at once: the float32 FMA
// peak that they reach together now, in GFLOP/s (an FMA counts as 2). Takes about `seconds`.
double measure_peak_gflops(int threads, double seconds = 0.3);

// Copying between two arrays of together `bytes` bytes on all threads of parallel_for: the bytes read
// and written a second, in units of 10⁹, of the median copy. Takes about `seconds`.
double measure_copy_gbps(int64_t bytes, double seconds = 0.2);

}  // namespace gradus::kernels
