#include "models/cli/profile_report.hpp"

#include <fmt/format.h>

namespace gradus::cli {
namespace {

// Per second, in units of 10⁹; 0 where no work or no time is known.
double rate(double work, double seconds) { return seconds > 0 ? work / seconds / 1e9 : 0; }

// "183.2 GFLOP/s" of a product of matrices, "20.1 GB/s" of what only reads and writes.
std::string speed(const ProfileRow& row) {
  if (row.work.flops > 0) return fmt::format("{:.1f} GFLOP/s", rate(row.work.flops, row.seconds));
  if (row.work.bytes > 0) return fmt::format("{:.1f} GB/s   ", rate(row.work.bytes, row.seconds));
  return "";
}

}  // namespace

Json to_json(const Profile& profile, int64_t steps) {
  const auto n = static_cast<double>(steps);
  const auto known = [](double value) { return value > 0 ? Json(value) : Json(); };
  Json rows = Json::array();
  for (const ProfileRow& row : profile.rows) {
    rows.push_back({{"name", row.name},
                    {"phase", name_of(row.phase)},
                    {"calls", static_cast<double>(row.calls) / n},
                    {"ms", row.seconds / n * 1e3},
                    {"share", row.seconds / profile.seconds},
                    {"allocated_bytes", static_cast<double>(row.allocated) / n},
                    {"flops", known(row.work.flops / n)},
                    {"bytes", known(row.work.bytes / n)},
                    {"gflops", known(rate(row.work.flops, row.seconds))},
                    {"gb_per_s", known(rate(row.work.bytes, row.seconds))}});
  }
  return {{"steps", steps}, {"step_ms", profile.seconds / n * 1e3}, {"rows", rows}};
}

void print_table(const Profile& profile, int64_t steps) {
  const auto n = static_cast<double>(steps);
  fmt::print("\nOne step, the mean of {}. An operation's time includes that of those it calls.\n",
             steps);
  const auto print_row = [](std::string_view name, std::string_view phase, const auto& calls,
                            const auto& ms, const auto& share, const auto& mb,
                            std::string_view speed) {
    fmt::print("{:26}{:10}{:>6}{:>10}{:>8}{:>10}{:>18}\n", name, phase, calls, ms, share, mb,
               speed);
  };
  const auto print_figures = [&](const ProfileRow& row) {
    const bool counted = row.calls > 0;  // not "other", nor the sum
    print_row(row.name, row.phase == Phase::region ? "" : name_of(row.phase),
              counted ? fmt::format("{:.0f}", static_cast<double>(row.calls) / n) : "",
              fmt::format("{:.2f}", row.seconds / n * 1e3),
              fmt::format("{:.1f} %", 100 * row.seconds / profile.seconds),
              fmt::format("{:.1f}", static_cast<double>(row.allocated) / n / 1e6), speed(row));
  };
  print_row("", "", "calls", "ms", "share", "MB alloc.", "speed");
  for (const ProfileRow& row : profile.rows) print_figures(row);
  print_figures({.name = "step",
                 .phase = Phase::region,
                 .seconds = profile.seconds,
                 .allocated = profile.allocated});
}

}  // namespace gradus::cli
