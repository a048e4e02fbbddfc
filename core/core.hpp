// The engine: everything a user of gradus::core includes.
#pragma once

#include "core/autograd/anomaly.hpp"
#include "core/autograd/apply.hpp"
#include "core/autograd/engine.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/autograd/gradcheck.hpp"
#include "core/error.hpp"
#include "core/io/atomic_file.hpp"
#include "core/io/safetensors.hpp"
#include "core/kernels/cpu.hpp"
#include "core/kernels/gemm.hpp"
#include "core/kernels/parallel.hpp"
#include "core/ops/ops.hpp"
#include "core/random/philox.hpp"
#include "core/tensor/allocator.hpp"
#include "core/tensor/creation.hpp"
#include "core/tensor/tensor.hpp"
