// The changes in place are members of Tensor (core/tensor/tensor.hpp); here are their samples.
#pragma once

#include "core/autograd/samples.hpp"

namespace gradus {

OpInfos inplace_ops();

}  // namespace gradus
