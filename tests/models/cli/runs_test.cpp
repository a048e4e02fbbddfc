// Runs that are killed, stopped, or begun twice lose nothing.
#include <array>
#include <chrono>
#include <thread>

#include "models/training/checkpoint.hpp"
#include "tests/models/cli/program.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

std::string contents(const fs::path& directory) {
  std::string all;
  for (const char* name : {"config.json", "model.safetensors", "optimizer.safetensors",
                           "trainer_state.json", "vocab.txt", "manifest.json"}) {
    all += read(directory / name);
  }
  return all;
}

}  // namespace

TEST_CASE("cli: killed at any moment and resumed, a run ends with the same bytes") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text());
  const Arguments options =
      kSmall + Arguments{"--steps", "12", "--checkpoint-every", "1", "--dropout", "0.1"};
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(gradus_program(pretrain(text, dir / "straight", options)).code == 0);
  const auto whole = std::chrono::steady_clock::now() - start;

  RandomReader random({11, 0});
  const fs::path out = dir / "killed";
  int kills = 0;
  for (bool done = false; !done;) {
    const bool begun = training::latest_checkpoint(out).has_value();
    Program program(pretrain(text, out, begun ? options + Arguments{"--resume"} : options));
    if (kills < 4) {
      std::this_thread::sleep_for(whole * random.uniform());
      program.signal(SIGKILL);
      ++kills;
    }
    const Outcome outcome = program.wait();
    CAPTURE(outcome.err);
    done = outcome.code == 0;
    REQUIRE((done || outcome.code == 128 + SIGKILL));
  }
  const std::string step = "checkpoints/step-00000012";
  CHECK(contents(out / step) == contents(dir / "straight" / step));
  CHECK_FALSE(contents(out / step).empty());
}

TEST_CASE("cli: SIGTERM ends a run with code 0, and it can be resumed") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text()), out = dir / "run";
  const Arguments options = kSmall + Arguments{"--steps", "1000000"};
  Program program(pretrain(text, out, options));
  while (program.is_running() && read(out / "metrics.jsonl").empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  program.signal(SIGTERM);
  const Outcome outcome = program.wait();
  CHECK(outcome.code == 0);
  const auto log = lines_of(read(out / "metrics.jsonl"));
  REQUIRE_FALSE(log.empty());
  const int64_t step = parse_json(log.back())["step"];
  CHECK(fs::exists(out / fmt::format("checkpoints/step-{:08}/manifest.json", step)));
}

TEST_CASE("cli: two runs cannot write to the same --out at once") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text()), out = dir / "run";
  const Arguments options = kSmall + Arguments{"--steps", "1000000", "--checkpoint-every", "5"};
  Program first(pretrain(text, out, options));
  while (first.is_running() && !training::latest_checkpoint(out)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (const Arguments& more : {Arguments{}, Arguments{"--resume"}}) {
    check_refused(gradus_program(pretrain(text, out, options + more)),
                  {"another training is writing to " + out.string(), "another --out"});
  }
  REQUIRE(first.is_running());
  first.signal(SIGKILL);
  first.wait();

  // Whoever was killed has nothing locked, and nothing of what it saved is lost.
  Program second(pretrain(text, out, options + Arguments{"--resume"}));
  const size_t lines = lines_of(read(out / "metrics.jsonl")).size();
  while (second.is_running() && lines_of(read(out / "metrics.jsonl")).size() <= lines) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  second.signal(SIGTERM);
  CHECK(second.wait().code == 0);
}

TEST_CASE("cli: of two runs that begin together with the same --out, one trains") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text()), out = dir / "run";
  const Arguments options = kSmall + Arguments{"--steps", "20"};
  REQUIRE(gradus_program(pretrain(text, dir / "alone", options)).code == 0);

  std::array<Program, 2> programs{Program(pretrain(text, out, options)),
                                  Program(pretrain(text, out, options))};
  const std::array outcomes{programs[0].wait(), programs[1].wait()};
  CAPTURE(outcomes[0].err, outcomes[1].err);
  const size_t winner = outcomes[0].code == 0 ? 0 : 1;
  CHECK(outcomes[winner].code == 0);
  check_refused(outcomes[1 - winner], {out.string(), "another --out"});  // in use, or already a run
  const std::string step = "checkpoints/step-00000020";
  CHECK(contents(out / step) == contents(dir / "alone" / step));
  CHECK(lines_of(read(out / "metrics.jsonl")).size() == 21);  // 20 steps and an evaluation
}
