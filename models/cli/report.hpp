// Scores on held-out text beside the baselines, as pretrain and evaluate print them.
#pragma once

#include "models/bert/pretraining.hpp"
#include "models/cli/command.hpp"

namespace gradus::cli {

Json to_json(const bert::Scores& scores, const bert::Baselines& baselines);
void print_table(const bert::Scores& scores, const bert::Baselines& baselines);

}  // namespace gradus::cli
