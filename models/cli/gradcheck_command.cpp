// gradus gradcheck: every operation's gradient against central differences.
#include <fmt/format.h>

#include "core/core.hpp"
#include "models/cli/command.hpp"

namespace gradus::cli {
namespace {

struct CheckedSample {
  std::string op, sample;
  GradcheckReport first, second;  // the gradient, and the gradient's gradient
  bool passed() const { return first.passed && second.passed; }
};

std::vector<CheckedSample> check(const std::string& only) {
  std::vector<CheckedSample> checked;
  for (const OpInfo& op : op_registry()) {
    if (!only.empty() && op.name != only) continue;
    for (const Sample& sample : op.samples()) {
      checked.push_back({.op = std::string(op.name),
                         .sample = sample.name,
                         .first = gradcheck(sample.function, sample.inputs),
                         .second = gradgradcheck(sample.function, sample.inputs)});
    }
  }
  return checked;
}

void print_table(const std::vector<CheckedSample>& checked) {
  fmt::print("{:24}{:24}{:>10}{:>12}{:>12}\n", "operation", "sample", "compared", "error",
             "2nd order");
  for (const CheckedSample& c : checked) {
    fmt::print("{:24}{:24}{:>10}{:>12.1e}{:>12.1e}  {}\n", c.op, c.sample,
               c.first.compared + c.second.compared, c.first.max_error, c.second.max_error,
               c.passed() ? "ok" : "FAILED: " + c.first.failure + c.second.failure);
  }
}

Json to_json(const std::vector<CheckedSample>& checked) {
  Json rows = Json::array();
  for (const CheckedSample& c : checked) {
    rows.push_back({{"op", c.op},
                    {"sample", c.sample},
                    {"passed", c.passed()},
                    {"compared", c.first.compared + c.second.compared},
                    {"max_error", c.first.max_error},
                    {"max_error_second_order", c.second.max_error},
                    {"failure", c.first.failure + c.second.failure}});
  }
  return rows;
}

}  // namespace

void add_gradcheck_command(CLI::App& app, Run& run) {
  static std::string only;
  static bool json = false;
  CLI::App* command = add_command(
      app, "gradcheck", "Compare every operation's gradient with central differences",
      "gradus gradcheck --op softmax", run, [] {
        const std::vector<CheckedSample> checked = check(only);
        require<ValueError>(!checked.empty(), "no operation is called '{}'", only);
        const auto failed = std::count_if(checked.begin(), checked.end(),
                                          [](const CheckedSample& c) { return !c.passed(); });
        if (json) {
          print_json({{"samples", to_json(checked)}, {"failed", failed}});
        } else {
          print_table(checked);
          fmt::print("{} samples, {} failed\n", checked.size(), failed);
        }
        return failed ? 1 : 0;
      });
  command->add_option("--op", only, "Check one operation");
  add_threads_option(*command);
  add_json_option(*command, json);
}

}  // namespace gradus::cli
