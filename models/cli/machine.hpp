// What a run ran on, as info and the report of a training tell it.
#pragma once

#include "models/cli/command.hpp"

namespace gradus::cli {

// {"cpu", "simd", "blas", "blas_kernels", "threads"}
Json describe_machine();

}  // namespace gradus::cli
