// The `gradus` program. Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>

#include "core/error.hpp"
#include "models/cli/command.hpp"

int main(int argc, char** argv) {
  using namespace gradus;
  CLI::App app{"Gradus: train, use and study small Transformers on a CPU"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "gradus " GRADUS_VERSION);

  cli::Run run;
  cli::add_bert_commands(app, run);
  cli::add_tokenizer_commands(app, run);
  cli::add_gradcheck_command(app, run);
  cli::add_bench_command(app, run);
  cli::add_info_command(app, run);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for = error.get_exit_code() == 0;  // --help, --version
    if (asked_for) return app.exit(error);
    cli::warn(fmt::format("{}; run with --help for more", error.what()));
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
