// Every differentiable operation, by name. The families are listed by their functions (ops.hpp), so
// that the linker cannot drop one; a test compares the list with what the sources declare.
#pragma once

#include "core/autograd/samples.hpp"

namespace gradus {

const OpInfos& op_registry();  // in the order of the families
const FusedPairs& fused_pairs();

}  // namespace gradus
