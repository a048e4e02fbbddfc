// What an operation has to do at least, as far as the shapes tell: by it a time becomes a speed.
// Masks are not known: a causal attention counts as one that sees all.
#pragma once

#include "core/autograd/observer.hpp"

namespace gradus {

struct Work {
  double flops = 0;  // of products of matrices, a multiply-add counted as two; 0 if there are none
  double bytes = 0;  // of all inputs and outputs; 0 if the outputs are views and nothing moves
};

// Of a forward or a backward that has ended; of anything else there is none.
Work work_of(const Activity& activity);

}  // namespace gradus
