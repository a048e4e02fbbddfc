// gradus gradcheck: every operation's gradient against central differences, and whether that check
// would notice a wrong one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/core.hpp"
#include "models/cli/command.hpp"
#include "models/training/progress.hpp"

namespace gradus::cli {
namespace {

struct GradcheckOptions {
  std::string only;  // operation
  bool mutants = false, sweep = false, json = false;
};

OpInfos chosen_ops(const std::string& only) {
  OpInfos ops = op_registry();
  if (!only.empty()) std::erase_if(ops, [&](const OpInfo& op) { return op.name != only; });
  require<ValueError>(!ops.empty(), "no operation is called '{}'; `gradus gradcheck` lists them",
                      only);
  return ops;
}

// Calls f for each operation, under a progress line.
template <class F>
void with_progress(const OpInfos& ops, bool quiet, F f) {
  training::Progress progress(static_cast<int64_t>(ops.size()), 0, quiet);
  for (size_t i = 0; i < ops.size(); ++i) {
    f(ops[i]);
    progress.update(static_cast<int64_t>(i) + 1, std::string(ops[i].name));
  }
  progress.finish();
}

// What is wrong with a sample, in one line; "ok" if nothing.
std::string verdict(const SampleReport& report) {
  std::vector<std::string> wrong;
  if (!report.first.passed) wrong.push_back("gradient: " + report.first.failure);
  if (!report.second.passed) wrong.push_back("second order: " + report.second.failure);
  for (const auto& [name, failure] : report.broken)
    wrong.push_back(fmt::format("\"{}\" does not hold: {}", name, failure));
  return wrong.empty() ? "ok" : "FAILED: " + fmt::format("{}", fmt::join(wrong, "; "));
}

Json report_json(const GradcheckReport& report) {
  Json json = {{"passed", report.passed},
               {"compared", report.compared},
               {"max_error", report.max_error},
               {"max_relative_error", report.max_relative_error}};
  if (!report.failure.empty()) json["failure"] = report.failure;
  if (const auto& element = report.culprit) {
    json["element"] = {{"input", element->input},
                       {"element", element->element},
                       {"output", element->output},
                       {"analytic", element->analytic},
                       {"numeric", element->numeric},
                       {"error", element->error()},
                       {"relative_error", element->relative_error()}};
  }
  return json;
}

Json report_json(const SampleReport& report) {
  Json broken = Json::object();
  for (const auto& [name, failure] : report.broken) broken[std::string(name)] = failure;
  return {{"op", report.op},
          {"sample", report.sample},
          {"passed", report.passed()},
          {"gradient", report_json(report.first)},
          {"second_order", report_json(report.second)},
          {"promises", promises().size()},
          {"broken_promises", broken}};
}

void print_table(const std::vector<SampleReport>& reports) {
  fmt::print("{:28}{:24}{:>10}{:>10}{:>10}\n", "operation", "sample", "elements", "error",
             "2nd order");
  for (const SampleReport& r : reports) {
    fmt::print("{:28}{:24}{:>10}{:>10.1e}{:>10.1e}  {}\n", r.op, r.sample,
               r.first.compared + r.second.compared, r.first.max_error, r.second.max_error,
               verdict(r));
  }
}

int check_gradients(const GradcheckOptions& options) {
  const OpInfos ops = chosen_ops(options.only);
  std::vector<SampleReport> reports;
  with_progress(ops, options.json, [&](const OpInfo& op) {
    const Samples samples = op.samples();
    require<ValueError>(!samples.empty(), "{} has no samples to be checked on", op.name);
    for (const Sample& sample : samples) reports.push_back(check_sample(op.name, sample));
  });
  const auto failed = std::ranges::count_if(reports, [](const auto& r) { return !r.passed(); });
  if (options.json) {
    Json rows = Json::array();
    for (const SampleReport& report : reports) rows.push_back(report_json(report));
    print_json({{"operations", ops.size()}, {"samples", rows}, {"failed", failed}});
  } else {
    print_table(reports);
    fmt::print("\n{} operations, {} samples, {} promises each; {} samples failed\n", ops.size(),
               reports.size(), promises().size(), failed);
  }
  return failed ? 1 : 0;
}

// Of some mutants: how many there are to catch, and how many were caught.
struct Catch {
  int64_t caught = 0, total = 0, unchanged = 0;
  void add(const Mutant& mutant) {
    total += mutant.changed;
    caught += mutant.caught;
    unchanged += !mutant.changed;
  }
};

int check_mutants(const GradcheckOptions& options) {
  Catch all;
  std::map<Mutation, Catch> by_mutation;
  Json escaped = Json::array();
  with_progress(chosen_ops(options.only), options.json, [&](const OpInfo& op) {
    for (const Mutant& mutant : run_mutants(op)) {
      all.add(mutant);
      by_mutation[mutant.mutation].add(mutant);
      if (!mutant.changed || mutant.caught) continue;
      escaped.push_back(
          {{"op", mutant.op}, {"mutation", name_of(mutant.mutation)}, {"input", mutant.input}});
    }
  });
  if (options.json) {
    Json kinds = Json::object();
    for (const auto& [mutation, of] : by_mutation)
      kinds[std::string(name_of(mutation))] = {
          {"caught", of.caught}, {"total", of.total}, {"unchanged", of.unchanged}};
    print_json({{"caught", all.caught},
                {"total", all.total},
                {"by_mutation", kinds},
                {"escaped", escaped}});
  } else {
    fmt::print("{:16}{:>10}{:>10}{:>26}\n", "mutation", "caught", "of", "gradient unchanged");
    for (const auto& [mutation, of] : by_mutation)
      fmt::print("{:16}{:>10}{:>10}{:>26}\n", name_of(mutation), of.caught, of.total, of.unchanged);
    for (const Json& mutant : escaped) fmt::print("ESCAPED: {}\n", to_text(mutant));
    fmt::print("\nmutants caught: {}/{}\n", all.caught, all.total);
  }
  return all.caught == all.total ? 0 : 1;
}

// The largest error of the chosen operations as the step h of the central differences changes.
int sweep_eps(const GradcheckOptions& options) {
  const OpInfos ops = chosen_ops(options.only);
  Json rows = Json::array();
  if (!options.json) fmt::print("{:>8}{:>12}\n", "h", "error");
  for (int quarter = -4; quarter >= -48; --quarter) {  // from 1e-1 down to 1e-12
    const double eps = std::pow(10.0, quarter / 4.0);
    double error = 0;
    for (const OpInfo& op : ops) {
      for (const Sample& sample : op.samples()) {
        const auto report = gradcheck(sample.function, sample.inputs, {.eps = eps});
        error = std::max(error, report.max_error);
      }
    }
    if (!options.json) fmt::print("{:>8.0e}{:>12.1e}\n", eps, error);
    rows.push_back({{"eps", eps}, {"max_error", error}});
  }
  if (options.json) print_json({{"op", options.only}, {"sweep", rows}});
  return 0;
}

}  // namespace

void add_gradcheck_command(CLI::App& app, Run& run) {
  static GradcheckOptions options;
  CLI::App* command =
      add_command(app, "gradcheck", "Compare every operation's gradient with central differences",
                  "gradus gradcheck --op softmax", run, [] {
                    if (options.sweep) return sweep_eps(options);
                    return options.mutants ? check_mutants(options) : check_gradients(options);
                  });
  command->add_option("--op", options.only, "Check one operation");
  command->add_flag("--mutants", options.mutants,
                    "Spoil every backward in several ways, and see that each is caught");
  command
      ->add_flag("--sweep-eps", options.sweep,
                 "Show how the error depends on the step of the differences")
      ->excludes("--mutants");
  add_threads_option(*command);
  add_json_option(*command, options.json);
}

}  // namespace gradus::cli
