// gradus info: what this is, and what it found on this machine.
#include <fmt/format.h>

#include "models/cli/machine.hpp"

namespace gradus::cli {

void add_info_command(CLI::App& app, Run& run) {
  static bool json = false;
  CLI::App* command =
      add_command(app, "info", "Version, CPU, SIMD, BLAS and bfloat16 in use, threads",
                  "gradus info --json", run, [] {
                    Json info = {{"version", GRADUS_VERSION}};
                    info.update(describe_machine());
                    if (json) {
                      print_json(info);
                      return 0;
                    }
                    for (const auto& [key, value] : info.items()) {
                      fmt::print("{:14}{}\n", key,
                                 value.is_string() ? value.get<std::string>() : to_text(value));
                    }
                    return 0;
                  });
  add_threads_option(*command);
  add_json_option(*command, json);
}

}  // namespace gradus::cli
