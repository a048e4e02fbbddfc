// Where the time of a training step went, as bench prints it.
#pragma once

#include "core/autograd/profiler.hpp"
#include "models/cli/command.hpp"

namespace gradus::cli {

// All figures are those of one step, the mean over `steps`.
Json to_json(const Profile& profile, int64_t steps);
void print_table(const Profile& profile, int64_t steps);

}  // namespace gradus::cli
