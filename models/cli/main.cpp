// The `gradus` program. Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.
#include <exception>

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
    app.exit(error);
    return asked_for ? 0 : 2;
  } catch (const Error& error) {  // an option's value was refused
    cli::warn(error.what());
    return 2;
  }
  try {
    return run();
  } catch (const std::exception& error) {
    cli::warn(error.what());
    return 1;
  }
}
