// That the mutants are what they say, and that one that hides is reported as such.
#include "core/autograd/mutants.hpp"

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

OpInfo op_with(std::string_view name, Sample sample) {
  return {name, [sample] { return Samples{sample}; }};
}

Mutant find(const std::vector<Mutant>& mutants, Mutation mutation, size_t input = 0) {
  for (const Mutant& mutant : mutants) {
    if (mutant.mutation == mutation && mutant.input == input) return mutant;
  }
  FAIL("no such mutant");
  return {};
}

}  // namespace

TEST_CASE("every mutant of every operation is caught") {
  size_t changed = 0;
  for (const OpInfo& op : op_registry()) {
    for (const Mutant& mutant : run_mutants(op)) {
      INFO(op.name << ", input " << mutant.input << ", " << name_of(mutant.mutation));
      CHECK(mutant.caught == mutant.changed);
      changed += mutant.changed;
    }
  }
  CHECK(changed >= 4 * op_registry().size());  // of each at least: scaled, negated, dropped, zero
}

TEST_CASE("both inputs of an operation have mutants, of every kind that applies") {
  const auto product = [](const Tensors& x) { return x[0] * x[1]; };
  const auto mutants = run_mutants(op_with(
      "mul", {.name = "", .inputs = {normal({3, 3}), normal({3, 3}, 1)}, .function = product}));
  CHECK(mutants.size() == 2 * std::size(kMutations));
  for (const Mutant& mutant : mutants) {
    INFO(name_of(mutant.mutation));
    CHECK(mutant.changed);
    CHECK(mutant.caught);
  }
}

TEST_CASE("what a mutation cannot change is told apart from what was not caught") {
  const auto sum_of = [](const Tensors& x) { return x[0] + x[1]; };
  const auto mutants = run_mutants(op_with(
      "add", {.name = "", .inputs = {normal({2, 3}), normal({2, 3}, 1)}, .function = sum_of}));
  CHECK_FALSE(find(mutants, Mutation::stale).changed);       // an addition saves nothing
  CHECK_FALSE(find(mutants, Mutation::transposed).changed);  // not square
  CHECK(find(mutants, Mutation::scaled).caught);
}

TEST_CASE("a mutant hides behind a sample whose gradient is too small, and is reported") {
  const auto faint = [](const Tensors& x) { return mul(x[0], full({}, 1e-9, DType::float64)); };
  const auto mutants =
      run_mutants(op_with("mul", {.name = "", .inputs = {normal({2, 3})}, .function = faint}));
  CHECK(find(mutants, Mutation::negated).changed);
  CHECK_FALSE(find(mutants, Mutation::negated).caught);
}

TEST_CASE("a composed operation is spoiled in the node that makes its result") {
  const auto composed = [](const Tensors& x) { return exp(x[0]) * 2.0; };
  const auto mutants = run_mutants(
      op_with("composed", {.name = "", .inputs = {normal({2, 3})}, .function = composed}));
  CHECK(find(mutants, Mutation::scaled).caught);
  CHECK(find(mutants, Mutation::zero).caught);
}
