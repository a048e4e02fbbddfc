#include "docs/examples/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace {

using Json = nlohmann::ordered_json;

// "scores.0.1" → /scores/0/1; a number among the names makes a list.
Json::json_pointer pointer(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return Json::json_pointer("/" + name);
}

}  // namespace

void Numbers::add(std::string name, double value) {
  entries_.push_back({std::move(name), value, true});
}

void Numbers::add_measured(std::string name, double value) {
  entries_.push_back({std::move(name), value, false});
}

void Numbers::add(std::string name, const std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); ++i) add(fmt::format("{}.{}", name, i), values[i]);
}

void Numbers::expect(bool truth, const std::string& what) {
  if (!truth) fmt::print(stderr, "not so: {}\n", what);
  wrong_ = wrong_ || !truth;
}

int Numbers::finish(int argc, char** argv, double tolerance) const {
  bool differs = false;
  if (argc < 2) {
    Json json = Json::object();
    for (const Entry& entry : entries_) json[pointer(entry.name)] = entry.value;
    std::string lines;  // one for each name at the top
    for (const auto& [name, value] : json.items()) {
      lines += fmt::format("{}\n  \"{}\": {}", lines.empty() ? "" : ",", name, value.dump());
    }
    fmt::print("{{{}\n}}\n", lines);
  } else {
    const Json json = Json::parse(std::ifstream(argv[1]));
    for (const auto& [name, value, compared] : entries_) {
      if (!compared) continue;
      const bool known = json.contains(pointer(name)) && json[pointer(name)].is_number();
      const double before = known ? json[pointer(name)].get<double>() : NAN;
      const double scale = std::max({std::abs(value), std::abs(before), 1e-12});
      if (std::abs(value - before) <= tolerance * scale) continue;
      fmt::print(stderr, "{} is {}, in {} it is {}\n", name, value, argv[1], before);
      differs = true;
    }
  }
  return wrong_ || differs ? 1 : 0;
}
