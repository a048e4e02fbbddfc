// gradus bert attention
#pragma once

#include "models/cli/command.hpp"

namespace gradus::cli {

void add_attention_command(CLI::App& bert, Run& run);

}  // namespace gradus::cli
