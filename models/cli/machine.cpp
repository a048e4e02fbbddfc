#include "models/cli/machine.hpp"

#include "core/core.hpp"

namespace gradus::cli {

Json describe_machine() {
  const kernels::GemmBackend gemm = kernels::gemm_backend();
  return {{"cpu", kernels::cpu_name()},
          {"simd", kernels::simd_target()},
          {"blas", gemm.library},
          {"blas_kernels", gemm.kernel_set},
          {"threads", num_threads()}};
}

}  // namespace gradus::cli
