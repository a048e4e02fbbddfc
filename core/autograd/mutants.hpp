// Can the gradient check fail? It must tell every operation's backward from wrong ones. A mutant is an
// operation whose backward is spoiled on purpose, in the gradient of one input; each must be caught by
// one of the operation's samples.
#pragma once

#include "core/autograd/samples.hpp"

namespace gradus {

enum class Mutation {
  scaled,      // dx · 1.001
  negated,     // −dx
  dropped,     // one element of dx is 0
  transposed,  // dx with its last two dimensions swapped, where they are equal
  stale,       // dx of another call: made of what a forward on other inputs saved
  zero         // 0
};
inline constexpr Mutation kMutations[] = {Mutation::scaled,  Mutation::negated,
                                          Mutation::dropped, Mutation::transposed,
                                          Mutation::stale,   Mutation::zero};
std::string_view name_of(Mutation mutation);

struct Mutant {
  std::string op;
  Mutation mutation = Mutation::scaled;
  size_t input = 0;      // of the operation, whose gradient is spoiled
  bool changed = false;  // some sample's gradient is another than the right one; if not, there is
                         // nothing to catch: an addition saves nothing that could be stale
  bool caught = false;   // by some sample
};

// All mutants of one operation. One that records no node of its own, being composed of others, is
// spoiled in the node that makes its result.
std::vector<Mutant> run_mutants(const OpInfo& op);

}  // namespace gradus
