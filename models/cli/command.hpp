// What the commands of `gradus` share. A command parses into a struct of options and runs when it was
// chosen; it throws on failure, and returns the exit code otherwise.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/io/json.hpp"

namespace gradus::cli {

// The chosen command's work; called after parsing.
using Run = std::function<int()>;

// Adds a subcommand whose help ends with an example, and which sets `run` when it is chosen.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, Run& run, Run action);

// --threads N, --precision fp32 or bf16 or else --matmul LIBRARY, --seed N (default 0) and --json,
// for the commands to which they apply.
void add_threads_option(CLI::App& command);
void add_product_options(CLI::App& command);
void add_seed_option(CLI::App& command, uint64_t& seed);
void add_json_option(CLI::App& command, bool& json);

// One object on stdout, and nothing else there.
void print_json(const Json& json);

// A line for a person on stderr.
void warn(std::string_view message);

// Warns where --precision bf16 was given and this CPU multiplies float32 faster.
void warn_of_slow_products();

// The families of commands.
void add_bert_commands(CLI::App& app, Run& run);
void add_tokenizer_commands(CLI::App& app, Run& run);
void add_gradcheck_command(CLI::App& app, Run& run);
void add_bench_command(CLI::App& app, Run& run);
void add_info_command(CLI::App& app, Run& run);

}  // namespace gradus::cli
