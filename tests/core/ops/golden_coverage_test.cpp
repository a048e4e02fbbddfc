// The registry against the golden numbers: no operation may go without a comparison with PyTorch.
// That every case in the files is compared, the tests beside this one check.
#include <filesystem>
#include <set>

#include "tests/catch.hpp"
#include "tests/core/ops/golden.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// Operations whose result depends on numbers that PyTorch cannot draw.
const std::set<std::string_view> kExceptions{
    "dropout"  // its mask, by our own Philox; dropout_test.cpp checks which elements it keeps
};

// All cases, by name, of all files in tests/golden.
std::set<std::string> golden_cases() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(GRADUS_SOURCE_DIR "/tests/golden")) {
    if (entry.path().extension() != ".safetensors") continue;
    for (const auto& [key, tensor] : load_golden(entry.path().filename())) {
      if (key.ends_with(".out")) names.insert(key.substr(0, key.find('.')));
    }
  }
  return names;
}

// The operation that a case is of: its name is the operation's, or that, "_" and a variant. Where
// several fit, it is the longest: "masked_fill_" is of masked_fill_, not of masked_fill.
std::string_view op_of(std::string_view name) {
  std::string_view longest;
  for (const OpInfo& op : op_registry()) {
    const bool fits = name == op.name || name.starts_with(std::string(op.name) + "_");
    if (fits && op.name.size() > longest.size()) longest = op.name;
  }
  return longest;
}

}  // namespace

TEST_CASE("a golden case belongs to the operation with the longest name that fits") {
  CHECK(op_of("softmax_steep") == "softmax");
  CHECK(op_of("log_softmax") == "log_softmax");
  CHECK(op_of("max_pool1d_dilated") == "max_pool1d");
  CHECK(op_of("index_add") == "index_add");
  CHECK(op_of("add_") == "add_");
  CHECK(op_of("summary") == "");
}

TEST_CASE("every operation is compared with PyTorch") {
  std::set<std::string_view> compared;
  for (const std::string& name : golden_cases()) compared.insert(op_of(name));
  for (const OpInfo& op : op_registry()) {
    INFO(op.name);
    CHECK(compared.contains(op.name) != kExceptions.contains(op.name));
  }
}
