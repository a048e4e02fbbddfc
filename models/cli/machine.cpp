#include "models/cli/machine.hpp"

#include "core/core.hpp"
#include "core/kernels/gemm_bf16.hpp"

namespace gradus::cli {

Json describe_machine() {
  const kernels::GemmBackend gemm = kernels::gemm_backend();
  const std::string bf16 = kernels::bf16_unit();
  return {{"cpu", kernels::cpu_name()},
          {"simd", kernels::simd_target()},
          {"blas", gemm.name},
          {"blas_kernels", gemm.kernel_set},
          {"bf16", bf16.empty() ? "none" : bf16},
          {"threads", num_threads()}};
}

}  // namespace gradus::cli
