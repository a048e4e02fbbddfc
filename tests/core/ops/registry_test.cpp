// The registry against the sources: no operation and no fused form may be missing from it, and so
// from the checks that go through it.
#include "core/ops/registry.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;

namespace {

// What group 1 of the pattern matches in the files core/ops/*<extension>.
std::set<std::string> declared(const std::string& extension, const std::regex& pattern) {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(GRADUS_SOURCE_DIR "/core/ops")) {
    if (entry.path().extension() != extension) continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator match(source.begin(), source.end(), pattern), end; match != end;
         ++match) {
      found.insert((*match)[1]);
    }
  }
  return found;
}

// Names of functions that the headers declare in namespace textbook.
std::set<std::string> textbook_functions() {
  std::set<std::string> found;
  const auto blocks =
      declared(".hpp", std::regex(R"(namespace textbook \{([^}]*)\})", std::regex::ECMAScript));
  for (const std::string& block : blocks) {
    const std::regex function(R"(Tensor (\w+)\()");
    for (std::sregex_iterator match(block.begin(), block.end(), function), end; match != end;
         ++match) {
      found.insert((*match)[1]);
    }
  }
  return found;
}

std::set<std::string> registered_names() {
  std::set<std::string> names;
  for (const OpInfo& op : op_registry()) names.insert(std::string(op.name));
  return names;
}

// "gelu (erf)" and "attention, padding" are pairs of gelu and attention.
std::set<std::string> paired_names() {
  std::set<std::string> names;
  for (const FusedPair& pair : fused_pairs()) {
    names.insert(pair.name.substr(0, pair.name.find_first_of(" ,")));
  }
  return names;
}

// What the first holds and the second does not: one name says more than two lists of a hundred.
std::set<std::string> without(const std::set<std::string>& all,
                              const std::set<std::string>& known) {
  std::set<std::string> rest;
  std::ranges::set_difference(all, known, std::inserter(rest, rest.end()));
  return rest;
}

const std::set<std::string> kNone;

// Operations that are a node of the graph.
std::set<std::string> recorded_names() {
  return declared(".cpp", std::regex(R"rx(static constexpr std::string_view name = "(\w+)")rx"));
}

}  // namespace

TEST_CASE("the registry lists the operations that the sources define, each once") {
  std::set<std::string> defined = recorded_names();
  defined.merge(declared(".cpp", std::regex(R"rx(OpInfo\{"(\w+)")rx")));  // composed of others
  {
    INFO("an operation in no family of kOpFamilies (core/ops/ops.hpp)");
    CHECK(without(defined, registered_names()) == kNone);
  }
  CHECK(without(registered_names(), defined) == kNone);
  CHECK(op_registry().size() == registered_names().size());
  CHECK(registered_names().size() > 20);  // the pattern still finds them
}

TEST_CASE("every textbook form is compared with its fused form, which is registered") {
  {
    INFO("a textbook form without a pair in kFusedFamilies (core/ops/ops.hpp)");
    CHECK(without(textbook_functions(), paired_names()) == kNone);
  }
  CHECK(without(paired_names(), textbook_functions()) == kNone);
  CHECK(textbook_functions().size() > 5);
  for (const std::string& name : paired_names()) {
    INFO(name);
    CHECK(registered_names().contains(name));
  }
}

TEST_CASE("every operation has samples that reach it") {
  const std::set<std::string> recorded = recorded_names();
  for (const OpInfo& op : op_registry()) {
    INFO(op.name);
    std::set<std::string> names;
    for (const Sample& sample : op.samples()) {
      CHECK(names.insert(sample.name).second);  // names tell samples apart
      Tensors leaves;
      for (const Tensor& x : sample.inputs) leaves.push_back(x.clone().requires_grad_());
      const Tensor y = sample.function(leaves);
      REQUIRE(y.grad_fn());
      if (!recorded.contains(std::string(op.name))) continue;  // its parts are nodes, it is none
      // walk down to the leaves: the operation itself must have been recorded
      std::vector<Node*> pending{y.grad_fn().get()};
      bool found = false;
      while (!pending.empty()) {
        const Node* node = pending.back();
        pending.pop_back();
        found |= node->name() == op.name;
        for (const Edge& edge : node->edges()) {
          if (edge.node) pending.push_back(edge.node.get());
        }
      }
      INFO(sample.name);
      CHECK(found);
    }
  }
}
