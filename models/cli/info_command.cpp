// gradus info: what this is, and what it found on this machine.
#include <fmt/format.h>

#include "core/core.hpp"
#include "core/kernels/gemm_bf16.hpp"
#include "models/cli/command.hpp"

namespace gradus::cli {

void add_info_command(CLI::App& app, Run& run) {
  static bool json = false;
  CLI::App* command = add_command(
      app, "info", "Version, CPU, SIMD, BLAS and bfloat16 in use, threads", "gradus info --json",
      run, [] {
        const kernels::GemmBackend gemm = kernels::gemm_backend();
        const std::string bf16 = kernels::bf16_unit();
        const Json info = {
            {"version", GRADUS_VERSION},       {"cpu", kernels::cpu_name()},
            {"simd", kernels::simd_target()},  {"blas", gemm.library},
            {"blas_kernels", gemm.kernel_set}, {"bf16", bf16.empty() ? "none" : bf16},
            {"threads", num_threads()}};
        if (json) {
          print_json(info);
          return 0;
        }
        for (const auto& [key, value] : info.items()) {
          fmt::print("{:14}{}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
        }
        return 0;
      });
  add_threads_option(*command);
  add_json_option(*command, json);
}

}  // namespace gradus::cli
