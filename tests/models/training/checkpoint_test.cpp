// Checkpoints are whole or not there: what damage is found, what is kept, and what kills leave.
#include "models/training/checkpoint.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "core/core.hpp"
#include "models/training/manifest.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace gradus;
using namespace gradus::training;
using test::TemporaryDirectory;
using Names = std::vector<std::string>;

namespace {

namespace fs = std::filesystem;

constexpr size_t kAnySize = 1 << 24;

// Small files that differ from step to step.
CheckpointFiles files_of(int64_t step) {
  return {{"config.json", fmt::format("{{\"step\": {}}}", step)},
          {"model.safetensors", to_safetensors({{"w", full({3}, static_cast<double>(step))}})},
          {"vocab.txt", "[MASK]\n"},
          {"tokenizer_config.json", "{}"},
          {"trainer_state.json", std::to_string(step)}};
}

int64_t step_in(const fs::path& checkpoint) {
  return std::stoll(read_file(checkpoint / "trainer_state.json", kAnySize));
}

void flip_bit(const fs::path& path, size_t bit) {
  std::string text = read_file(path, kAnySize);
  text.at(bit / 8) = static_cast<char>(text.at(bit / 8) ^ (1 << bit % 8));
  write_file_atomically(path, text);
}

void check_damaged(const fs::path& checkpoint, const std::string& file, const std::string& how) {
  CHECK_THROWS_AS(verify_checkpoint(checkpoint), FormatError);
  CHECK_THROWS_WITH(verify_checkpoint(checkpoint),
                    ContainsSubstring(file) && ContainsSubstring(how));
}

Names names_in(const fs::path& folder) {
  Names names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("checkpoint: every file is there again, and the manifest lists them") {
  const TemporaryDirectory out;
  CHECK_FALSE(latest_checkpoint(out.path()).has_value());
  CHECK_FALSE(latest_checkpoint(out / "none").has_value());
  const fs::path saved = save_checkpoint(out / "new/run", 12, files_of(12));
  CHECK(saved == out / "new/run/checkpoints/step-00000012");
  CHECK(names_in(out / "new/run/checkpoints") == Names{"step-00000012"});
  CHECK(latest_checkpoint(out / "new/run") == saved);
  CHECK_NOTHROW(verify_checkpoint(saved));

  CHECK(read_file(saved / "config.json", kAnySize) == "{\"step\": 12}");
  CHECK(load_safetensors(saved / "model.safetensors").at("w").to_vector<float>() ==
        std::vector<float>{12, 12, 12});
  const Manifest manifest = read_manifest(saved);
  CHECK(manifest.size() == files_of(12).size());
  CHECK(manifest.at("tokenizer_config.json") == FileRecord{.size = 2, .crc32 = 0xa3a6bf43});
}

TEST_CASE("checkpoint: the checksum is the CRC-32 that everyone computes") {
  FileRecord record;
  record.add(as_bytes("1234"));
  record.add(as_bytes("56789"));
  CHECK(record == FileRecord{.size = 9, .crc32 = 0xcbf43926});  // the published check value
}

TEST_CASE("checkpoint: the newest two are kept, or as many as asked for") {
  const TemporaryDirectory out;
  for (const int64_t step : {5, 10, 100}) save_checkpoint(out.path(), step, files_of(step));
  CHECK(names_in(out / "checkpoints") == Names{"step-00000010", "step-00000100"});
  for (const int64_t step : {200, 300}) save_checkpoint(out.path(), step, files_of(step), {4});
  CHECK(names_in(out / "checkpoints").size() == 4);
  save_checkpoint(out.path(), 400, files_of(400), {1});
  CHECK(names_in(out / "checkpoints") == Names{"step-00000400"});
  CHECK_THROWS_AS(save_checkpoint(out.path(), 500, files_of(500), {0}), ValueError);
  CHECK_THROWS_AS(save_checkpoint(out.path(), -1, files_of(0)), ValueError);
}

TEST_CASE("checkpoint: what is saved last is the latest, also after going back") {
  const TemporaryDirectory out;
  for (const int64_t step : {100, 200}) save_checkpoint(out.path(), step, files_of(step));
  save_checkpoint(out.path(), 150, files_of(150));
  CHECK(names_in(out / "checkpoints") == Names{"step-00000100", "step-00000150"});
  save_checkpoint(out.path(), 150, files_of(151));
  CHECK(names_in(out / "checkpoints") == Names{"step-00000100", "step-00000150.1"});
  CHECK(step_in(*latest_checkpoint(out.path())) == 151);
  save_checkpoint(out.path(), 150, files_of(152));  // the plain name is free again, and not newer
  CHECK(step_in(*latest_checkpoint(out.path())) == 152);
}

TEST_CASE("checkpoint: other names in the directory are no checkpoints") {
  const TemporaryDirectory out;
  save_checkpoint(out.path(), 1, files_of(1));
  for (const char* name : {"step-", "step-x", "step-2x", "step--2", "step-2.", "step-2.x", "step2",
                           "step-99999999999999999999", "mine"}) {
    fs::create_directory(out / "checkpoints" / name);
  }
  CHECK(step_in(*latest_checkpoint(out.path())) == 1);
  save_checkpoint(out.path(), 2, files_of(2), {1});
  CHECK(fs::exists(out / "checkpoints/mine"));
}

TEST_CASE("checkpoint: each kind of damage is named") {
  const TemporaryDirectory out;
  const fs::path saved = save_checkpoint(out.path(), 1, files_of(1));
  SECTION("a flipped bit") {
    flip_bit(saved / "model.safetensors", 300);
    check_damaged(saved, "model.safetensors", "its checksum is");
  }
  SECTION("a file cut short") {
    fs::resize_file(saved / "model.safetensors", 20);
    check_damaged(saved, "model.safetensors", "it has 20 bytes, and ");
  }
  SECTION("a file that is gone") {
    fs::remove(saved / "vocab.txt");
    check_damaged(saved, "vocab.txt", "it is missing");
  }
  SECTION("a manifest that is gone") {
    fs::remove(saved / "manifest.json");
    check_damaged(saved, "manifest.json", "it is missing");
  }
  SECTION("a manifest that is empty, or not one") {
    for (const char* text :
         {"", "{", "[]", "{}", R"({"version": 2, "files": {}})",
          R"({"version": 1, "files": {"../x": {"size": 0, "crc32": "00000000"}}})",
          R"({"version": 1, "files": {"x": {"size": -1, "crc32": "00000000"}}})",
          R"({"version": 1, "files": {"x": {"size": 0, "crc32": "0"}}})",
          R"({"version": 1, "files": {"x": {"size": 0, "crc32": "0000000g"}}})",
          R"({"version": 1, "files": {"x": 1}})"}) {
      INFO(text);
      write_file_atomically(saved / "manifest.json", text);
      check_damaged(saved, "manifest.json", "is damaged");
    }
  }
}

TEST_CASE("checkpoint: any flipped bit of the manifest is noticed or harmless") {
  const TemporaryDirectory out;
  const fs::path path = save_checkpoint(out.path(), 1, files_of(1)) / "manifest.json";
  const std::string intact = read_file(path, kAnySize);
  const Manifest manifest = read_manifest(path.parent_path());
  for (size_t bit = 0; bit < 8 * intact.size(); ++bit) {
    flip_bit(path, bit);
    try {
      verify_checkpoint(path.parent_path());
      CHECK(read_manifest(path.parent_path()) == manifest);  // white space, or a larger letter
    } catch (const FormatError&) {
    }
    write_file_atomically(path, intact);
  }
}

TEST_CASE("checkpoint: a damaged one is passed over with a warning") {
  const TemporaryDirectory out;
  save_checkpoint(out.path(), 1, files_of(1));
  const fs::path newest = save_checkpoint(out.path(), 2, files_of(2));
  flip_bit(newest / "model.safetensors", 300);
  std::string warning;
  const auto warn = [&](std::string_view text) { warning = text; };
  CHECK(step_in(*latest_checkpoint(out.path(), warn)) == 1);
  CHECK_THAT(warning, ContainsSubstring("step-00000002/model.safetensors is damaged") &&
                          ContainsSubstring("using step-00000001"));
  CHECK(step_in(find_model(out.path(), warn)) == 1);

  // going on from step 1 replaces the damaged one
  save_checkpoint(out.path(), 2, files_of(2));
  warning.clear();
  CHECK(step_in(*latest_checkpoint(out.path(), warn)) == 2);
  CHECK(warning.empty());

  fs::remove(out / "checkpoints/step-00000001/config.json");
  flip_bit(*latest_checkpoint(out.path()) / "config.json", 0);
  CHECK_THROWS_AS(latest_checkpoint(out.path()), FormatError);
  CHECK_THROWS_WITH(latest_checkpoint(out.path()), ContainsSubstring("no checkpoint in"));
}

TEST_CASE("checkpoint: the models of a run come in the order of training, without damaged ones") {
  const TemporaryDirectory out;
  CHECK_THROWS_WITH(saved_models(out.path()), ContainsSubstring("no whole checkpoint"));
  CHECK_THROWS_AS(saved_models(out / "none"), IoError);
  for (const int64_t step : {5, 10, 100, 200}) {
    save_checkpoint(out.path(), step, files_of(step), {9});
  }
  save_checkpoint(out.path(), 200, files_of(201), {9});  // again: step-00000200.1
  flip_bit(out / "checkpoints/step-00000010/vocab.txt", 3);
  flip_bit(out / "checkpoints/step-00000100/trainer_state.json", 3);  // not a file of the model
  Names warnings;
  std::vector<int64_t> steps;
  for (const auto& [step, directory] :
       saved_models(out.path(), [&](std::string_view line) { warnings.emplace_back(line); })) {
    steps.push_back(step);
    if (step == 200) CHECK(step_in(directory) == 201);
  }
  CHECK(steps == std::vector<int64_t>{5, 100, 200});
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], ContainsSubstring("leaving step-00000010 out"));
}

TEST_CASE("checkpoint: a model is found where it lies, or in the newest checkpoint") {
  const TemporaryDirectory out;
  CHECK_THROWS_WITH(find_model(out.path()), ContainsSubstring("there is no model in"));
  CHECK_THROWS_AS(find_model(out / "none"), IoError);
  const fs::path saved = save_checkpoint(out.path(), 7, files_of(7));
  CHECK(find_model(out.path()) == saved);
  CHECK(find_model(saved) == saved);

  // damage of what only a training reads does not matter; that of a model file does
  flip_bit(saved / "trainer_state.json", 0);
  CHECK(find_model(out.path()) == saved);
  flip_bit(saved / "vocab.txt", 0);
  CHECK_THROWS_AS(find_model(out.path()), FormatError);
  CHECK_THROWS_AS(find_model(saved), FormatError);

  // a directory from elsewhere has no manifest
  write_file_atomically(out / "config.json", "{}");
  CHECK(find_model(out.path()) == out.path());
}

TEST_CASE("checkpoint: a failure in the middle leaves what was there") {
  const TemporaryDirectory out;
  const fs::path saved = save_checkpoint(out.path(), 1, files_of(1));
  CheckpointFiles files = files_of(2);
  files["optimizer.safetensors"] = ByteWriter([](const ByteSink& sink) {
    sink(as_bytes("half of it"));
    throw IoError("no space left");
  });
  CHECK_THROWS_WITH(save_checkpoint(out.path(), 2, files), "no space left");
  CHECK_THROWS_AS(save_checkpoint(out.path(), 2, {{"../escape", "x"}}), ValueError);
  CHECK_THROWS_AS(save_checkpoint(out.path(), 2, {{"manifest.json", "x"}}), ValueError);
  CHECK(latest_checkpoint(out.path()) == saved);
  CHECK(names_in(out / "checkpoints") == Names{"step-00000001"});

  write_file_atomically(out / "file", "");
  CHECK_THROWS_AS(save_checkpoint(out / "file", 1, files_of(1)), IoError);
  CHECK_THROWS_AS(latest_checkpoint(out / "file"), IoError);
}

namespace {

// Saves checkpoints from `step` on until it is killed, and reports each one that is done.
[[noreturn]] void save_forever(const fs::path& out, int64_t step, int report) {
  for (;; ++step) {
    const std::string text = std::to_string(step);
    std::string weights(static_cast<size_t>(1000 + step * 7919 % 50000), 'w');
    save_checkpoint(out, step,
                    {{"model.safetensors", weights + text},
                     {"optimizer.safetensors", text + weights},
                     {"trainer_state.json", text}});
    if (::write(report, &step, sizeof step) != sizeof step) ::_exit(1);
  }
}

using Microseconds = std::chrono::microseconds;

// Runs save_forever in another process and kills it after `lifetime`, which counts from its start or
// from its first checkpoint. Returns the last step that it reported.
int64_t run_and_kill(const fs::path& out, int64_t first, Microseconds lifetime, bool wait_for_one) {
  int report[2];
  REQUIRE(::pipe(report) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) save_forever(out, first, report[1]);
  ::close(report[1]);
  int64_t last = first - 1, step = 0;
  if (wait_for_one && ::read(report[0], &step, sizeof step) == sizeof step) last = step;
  std::this_thread::sleep_for(lifetime);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (::read(report[0], &step, sizeof step) == sizeof step) last = step;
  ::close(report[0]);
  return last;
}

}  // namespace

TEST_CASE("checkpoint: no kill at any moment leaves a directory that does not load") {
  const TemporaryDirectory out;
  const auto start = std::chrono::steady_clock::now();
  save_checkpoint(out.path(), 1, files_of(1));
  const auto one_save =
      std::chrono::duration_cast<Microseconds>(std::chrono::steady_clock::now() - start);

  // Kills at moments spread over two saves, from the start and after a first success in turn.
  constexpr int kRounds = 100;
  std::mt19937 random(1);
  int64_t done = 1;
  for (int round = 0; round < kRounds; ++round) {
    const Microseconds lifetime(random() % static_cast<uint64_t>(2 * one_save.count() + 1));
    done = run_and_kill(out.path(), done + 1, lifetime, round % 2 == 1);

    // the newest is whole, and no older than what was reported as saved
    std::string warning;
    const auto latest =
        latest_checkpoint(out.path(), [&](std::string_view text) { warning = text; });
    CHECK(warning.empty());
    REQUIRE(latest.has_value());
    const int64_t step = step_in(*latest);
    CHECK((step == done || step == done + 1));
    const std::string text = std::to_string(step);
    done = step;
    if (done == 1) continue;  // not written by the child
    CHECK(read_file(*latest / "model.safetensors", kAnySize).ends_with("w" + text));
    CHECK(read_file(*latest / "optimizer.safetensors", kAnySize).starts_with(text + "w"));
  }
  CHECK(done > kRounds / 2);
}
