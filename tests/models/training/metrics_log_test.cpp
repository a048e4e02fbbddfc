// metrics.jsonl, read back.
#include "models/training/metrics_log.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace gradus;
using namespace gradus::training;

TEST_CASE("metrics log: what was written is read, without a line that was cut off") {
  const test::TemporaryDirectory dir;
  const auto file = dir / "metrics.jsonl";
  MetricsLog log(file, 0);
  log.write(1, "train", {{"loss", 4.25}, {"speed", std::numeric_limits<double>::infinity()}});
  log.write(1, "evaluation", {{"accuracy", 0.5}});
  std::ofstream(file, std::ios::app) << "{\"step\": 2, \"ki";

  const auto lines = read_metrics(file);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].step == 1);
  CHECK(lines[0].kind == "train");
  REQUIRE(lines[0].values.size() == 2);
  CHECK(lines[0].values[0] == std::pair<std::string, double>("loss", 4.25));
  CHECK(std::isnan(lines[0].values[1].second));  // it was written as null
  CHECK(lines[1].kind == "evaluation");
  CHECK_THROWS_AS(read_metrics(dir / "none"), IoError);
}
