// gradus bert pretrain.
#pragma once

#include "models/cli/command.hpp"

namespace gradus::cli {

void add_pretrain_command(CLI::App& bert, Run& run);

}  // namespace gradus::cli
