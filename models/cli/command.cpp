#include "models/cli/command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "core/kernels/gemm.hpp"
#include "core/kernels/gemm_bf16.hpp"
#include "core/kernels/parallel.hpp"

namespace gradus::cli {

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, Run& run, Run action) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  command->callback([&run, action = std::move(action)] { run = action; });
  return command;
}

void add_threads_option(CLI::App& command) {
  command.add_option_function<int>(
      "--threads", [](int threads) { set_num_threads(threads); },
      "Threads to use (default: as many as there are CPUs); results do not depend on it");
}

void add_product_options(CLI::App& command) {
  using Precision = kernels::MatmulPrecision;
  using Library = kernels::MatmulLibrary;
  const auto set_precision = [](const std::string& name) {
    kernels::set_float32_matmul_precision(name == "bf16" ? Precision::medium : Precision::highest);
  };
  CLI::Option* precision = command.add_option_function<std::string>(
      "--precision", set_precision,
      "Of the factors of products: fp32, or bf16, which is faster where the CPU has AMX; "
      "sums and all else are fp32");
  precision->check(CLI::IsMember({"fp32", "bf16"}));
  static const std::map<std::string, Library> libraries = {
      {"builtin", Library::builtin}, {"openblas", Library::openblas}, {"onednn", Library::onednn}};
  command
      .add_option_function<std::string>(
          "--matmul",
          [](const std::string& name) { kernels::set_float32_matmul_library(libraries.at(name)); },
          "What computes products of fp32: our kernel (builtin), openblas, or onednn if it is "
          "installed; results differ by rounding")
      ->check(CLI::IsMember(libraries))
      ->excludes(precision);
}

void warn_of_slow_products() {
  if (kernels::float32_matmul_precision() != kernels::MatmulPrecision::medium) return;
  if (const double speed = kernels::bf16_speed(); speed < 1) {
    warn(
        fmt::format("this CPU's {} takes {:.1f} times as long for a product as float32 does; "
                    "--precision fp32 will be faster",
                    kernels::bf16_unit(), 1 / speed));
  }
}

void add_seed_option(CLI::App& command, uint64_t& seed) {
  command.add_option("--seed", seed, "Seed of everything random; the same seed, the same result")
      ->capture_default_str();
}

void add_json_option(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print the result as JSON on stdout");
}

void print_json(const Json& json) { fmt::print("{}\n", to_text(json, 2)); }

void warn(std::string_view message) { fmt::print(stderr, "gradus: {}\n", message); }

}  // namespace gradus::cli
