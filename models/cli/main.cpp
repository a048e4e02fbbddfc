// The `gradus` program. Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "core/error.hpp"
#include "models/cli/command.hpp"
#include "models/text/vocabulary.hpp"

namespace {

// The arguments, last first, as CLI11 takes them. It would read the text "[MASK] and [MASK]" as a list
// in brackets; the space that a text does not mind prevents that.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  for (std::string& argument : arguments) {
    const bool is_text =
        std::ranges::any_of(gradus::text::kSpecialTokens,
                            [&](std::string_view token) { return argument.starts_with(token); });
    if (is_text && argument.ends_with(']')) argument += ' ';
  }
  std::ranges::reverse(arguments);
  return arguments;
}

// What is wrong if the arguments end, or have an unknown word, where a command is due; else nothing.
std::string missing_command(const CLI::App& app) {
  const CLI::App* last = &app;
  std::string path = app.get_name();
  while (!last->get_subcommands().empty()) {
    last = last->get_subcommands().front();
    path += " " + last->get_name();
  }
  if (last->get_require_subcommand_min() == 0) return {};
  std::vector<std::string> commands;
  for (const CLI::App* command : last->get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(command->get_name());
  }
  const std::vector<std::string> unknown = last->remaining();
  return fmt::format("{}; '{}' has {}",
                     unknown.empty() ? "a command is missing"
                                     : fmt::format("there is no command '{}'", unknown.front()),
                     path, fmt::join(commands, ", "));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace gradus;
  CLI::App app{"Gradus: train, use and study small Transformers on a CPU", "gradus"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "gradus " GRADUS_VERSION);

  cli::Run run;
  cli::add_bert_commands(app, run);
  cli::add_tokenizer_commands(app, run);
  cli::add_gradcheck_command(app, run);
  cli::add_bench_command(app, run);
  cli::add_info_command(app, run);

  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    const bool asked_for = error.get_exit_code() == 0;  // --help, --version
    if (asked_for) return app.exit(error);
    const std::string missing = missing_command(app);
    cli::warn(
        fmt::format("{}; run with --help for more", missing.empty() ? error.what() : missing));
    return 2;
  } catch (const Error& error) {  // an option's value was refused
    cli::warn(error.what());
    return 2;
  }
  try {
    const int code = run();
    const bool arrived = std::fflush(stdout) == 0;
    require<IoError>(arrived, "cannot write the output: {}",
                     std::generic_category().message(errno));
    return code;
  } catch (const std::filesystem::filesystem_error& error) {
    cli::warn(fmt::format("{}: {}", error.path1().string(), error.code().message()));
  } catch (const std::bad_alloc&) {
    cli::warn("out of memory; smaller sizes may fit");
  } catch (const std::length_error&) {
    cli::warn("a size is beyond any memory; smaller sizes may fit");
  } catch (const std::exception& error) {
    cli::warn(error.what());
  }
  return 1;
}
