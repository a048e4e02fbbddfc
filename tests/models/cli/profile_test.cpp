// gradus bench train --profile: the table as JSON, and the trace.
#include "models/training/train_benchmark.hpp"
#include "tests/models/cli/program.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

const Arguments kProfile{
    "bench", "train", "--layers", "1", "--hidden",  "32", "--vocab",       "50", "--batch",  "2",
    "--seq", "8",     "--steps",  "2", "--threads", "1",  "--predictions", "2",  "--profile"};

Outcome profiled(const Arguments& more) {
  Outcome outcome = gradus_program(kProfile + more);
  CAPTURE(outcome.err, outcome.out);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  return outcome;
}

Json row_of(const Json& profile, std::string_view name, std::string_view phase) {
  for (const Json& row : profile.at("rows")) {
    if (row.at("name") == name && row.at("phase") == phase) return row;
  }
  FAIL("no row: " << name << ", " << phase);
  return {};
}

double sum_of(const Json& profile, const char* key) {
  double sum = 0;
  for (const Json& row : profile.at("rows")) {
    if (!row.at(key).is_null()) sum += row.at(key).get<double>();
  }
  return sum;
}

double end_of(const Json& event) {
  return event.at("ts").get<double>() + event.at("dur").get<double>();
}

}  // namespace

TEST_CASE("cli: a profile has every operation of a step, and adds up to the step") {
  const Json profile = parse_json(profiled({"--json"}).out).at("profile");
  // query, key and value in one, output, two of the feed-forward, pooler, two of the MLM head, NSP
  for (const char* phase : {"forward", "backward"}) {
    CHECK(row_of(profile, "linear", phase).at("calls") == 8);
    CHECK(row_of(profile, "linear", phase).at("gflops").get<double>() > 0);
    CHECK(row_of(profile, "self_attention", phase).at("calls") == 1);
    CHECK(row_of(profile, "cross_entropy", phase).at("gb_per_s").get<double>() > 0);
  }
  for (const char* region : {"optimizer step", "gradient norm"}) {
    CHECK(row_of(profile, region, "region").at("calls") == 1);
  }
  row_of(profile, "gradient sums", "backward");
  row_of(profile, "other", "region");
  CHECK(sum_of(profile, "share") == Approx(1).epsilon(1e-6));
  CHECK(sum_of(profile, "ms") == Approx(profile.at("step_ms").get<double>()).epsilon(1e-6));
}

TEST_CASE("cli: the operations' work is that which the benchmark counts for its products") {
  const Json profile = parse_json(profiled({"--json"}).out).at("profile");
  const bert::Config config{.vocab_size = 50,
                            .hidden_size = 32,
                            .num_hidden_layers = 1,
                            .num_attention_heads = 1,
                            .intermediate_size = 128};
  const double heads = 6.0 * 2 * (32 * 32 + 32 * 2);  // of 2 sequences: pooler and NSP
  CHECK(sum_of(profile, "flops") == training::step_flops(config, 2, 8, 2) + heads);
}

TEST_CASE("cli: a profile is a table for a person, the longest time first") {
  const std::string out = profiled({}).out;
  for (const char* text : {"calls", "linear", "GFLOP/s", "GB/s", "optimizer step", "other"}) {
    CHECK_THAT(out, ContainsSubstring(text));
  }
  CHECK_THAT(lines_of(out).back(), ContainsSubstring("100.0 %"));
}

TEST_CASE("cli: the trace is one step of events, each inside the one that called it") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "trace.json";
  const Json profile = parse_json(profiled({"--json", "--trace", file}).out).at("profile");
  const Json events = parse_json(read(file)).at("traceEvents");
  double calls = 0;
  for (const Json& event : events) {
    CHECK(event.at("ph") == "X");
    CHECK(event.at("dur").get<double>() >= 0);
    CHECK(event.at("args").at("inputs").is_array());
    calls += event.at("name") == "linear" && event.at("cat") == "forward";
  }
  CHECK(calls == row_of(profile, "linear", "forward").at("calls"));

  // In the order of their beginnings: whatever begins before the innermost open event has ended,
  // ends before it.
  std::vector<double> open;
  for (const Json& event : events) {
    const double rounding = 1e-6;
    while (!open.empty() && open.back() <= event.at("ts").get<double>() + rounding) open.pop_back();
    if (!open.empty()) CHECK(end_of(event) <= open.back() + rounding);
    open.push_back(end_of(event));
  }
}

TEST_CASE("cli: a trace that cannot be written is refused before the work") {
  check_refused(gradus_program(kProfile + Arguments{"--trace", "/no/such/folder/t.json"}),
                {"/no/such/folder"});
  check_refused(gradus_program({"bench", "train", "--trace", "t.json"}), {"--profile"}, 2);
}
