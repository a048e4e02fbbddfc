// The training loop gives the same bytes however often it is interrupted, and explains divergence.
#include "models/training/trainer.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>

#include "core/core.hpp"
#include "core/io/json.hpp"
#include "models/bert/pretraining.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace gradus;
using namespace gradus::training;
using test::TemporaryDirectory;

namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

constexpr size_t kLargestFile = 1 << 26;

// Twelve documents of sentences in which the verb follows from who does it.
text::Corpus small_corpus(int documents = 12) {
  const std::vector<std::pair<std::string, std::string>> facts{
      {"the bee", "makes honey"}, {"the cat", "sees a bird"}, {"the river", "runs to the sea"}};
  text::Corpus result;
  for (int d = 0; d < documents; ++d) {
    text::Document document;
    for (int s = 0; s < 6; ++s) {
      const auto& [who, does] = facts[static_cast<size_t>(d * d + s) % facts.size()];
      document.sentences.push_back(fmt::format("{} {} on day {} .", who, does, d % 5));
    }
    result.documents.push_back(document);
  }
  return result;
}

// A BERT of two narrow layers with dropout, so that the generator's position matters.
bert::Pretraining small_task(int64_t batch = 4, int documents = 12) {
  const bert::Config config{.hidden_size = 16,
                            .num_hidden_layers = 2,
                            .num_attention_heads = 2,
                            .intermediate_size = 32,
                            .max_position_embeddings = 32};
  return {bert::prepare_text(small_corpus(documents), 60),
          {.model = config, .batches = {.batch = batch, .max_seq = 32}, .informed_start = false}};
}

TrainerOptions small_options() {
  return {.steps = 8, .learning_rate = 1e-2, .checkpoint_every = 3, .quiet = true};
}

// Trains in `out` from its newest checkpoint, if there is one.
TrainingResult train(Task& task, const TrainerOptions& options, const fs::path& out) {
  Trainer trainer(task, options, out);
  if (const auto start = latest_checkpoint(out)) trainer.resume(*start);
  return trainer.run();
}

TrainingResult train(const fs::path& out, const TrainerOptions& options = small_options()) {
  bert::Pretraining task = small_task();
  return train(task, options, out);
}

Files files_in(const fs::path& directory) {
  Files files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    files[entry.path().filename().string()] = read_file(entry.path(), kLargestFile);
  }
  return files;
}

Files newest(const fs::path& out) { return files_in(latest_checkpoint(out).value()); }

// Passes everything on; raises a signal as batch `at` is drawn.
struct Interrupted : Task {
  Interrupted(Task& inner, int64_t at, int count) : inner_(inner), at_(at), count_(count) {}
  nn::Module& model() override { return inner_.model(); }
  StepLoss loss(int64_t index) override {
    for (int i = 0; index == at_ && i < count_; ++i) ::raise(SIGTERM);
    return inner_.loss(index);
  }
  Metrics evaluate() override { return inner_.evaluate(); }
  CheckpointFiles model_files() override { return inner_.model_files(); }
  std::string description() const override { return inner_.description(); }

  Task& inner_;
  int64_t at_;
  int count_;
};

// Exit code of a child process that trains and is signalled `count` times during batch `at`.
int exit_code_of_child(const fs::path& out, int64_t at, int count) {
  const pid_t child = ::fork();
  if (child == 0) {
    set_num_threads(1);  // threads do not survive a fork
    try {
      bert::Pretraining inner = small_task();
      Interrupted task(inner, at, count);
      ::_exit(train(task, small_options(), out).finished ? 9 : 0);
    } catch (const std::exception&) {
      ::_exit(8);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<Json> lines_of_log(const fs::path& out) {
  std::vector<Json> lines;
  std::ifstream in(out / "metrics.jsonl");
  for (std::string line; std::getline(in, line);) lines.push_back(parse_json(line));
  return lines;
}

}  // namespace

TEST_CASE("trainer: the same bytes straight, interrupted, and with any number of threads") {
  const int threads_before = num_threads();
  const TemporaryDirectory dir;
  set_num_threads(1);
  CHECK(train(dir / "straight").finished);
  const Files expected = newest(dir / "straight");
  REQUIRE(expected.size() == 7);

  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    const fs::path out = dir / std::to_string(threads);
    train(out);
    CHECK(newest(out) == expected);
    fs::remove_all(out / "checkpoints/step-00000008");  // as if killed after the one of step 6
    CHECK(latest_checkpoint(out)->filename() == "step-00000006");
    train(out);
    CHECK(newest(out) == expected);
  }
  set_num_threads(threads_before);
}

TEST_CASE("trainer: evaluations and checkpoints do not change what is learned") {
  const TemporaryDirectory dir;
  TrainerOptions options = small_options();
  train(dir / "a", options);
  options.checkpoint_every = 0;
  options.evaluate_every = 2;
  train(dir / "b", options);
  CHECK(newest(dir / "a") == newest(dir / "b"));
}

TEST_CASE("trainer: another seed or rate makes another model") {
  const TemporaryDirectory dir;
  TrainerOptions options = small_options();
  train(dir / "a", options);
  options.learning_rate = 2e-2;
  train(dir / "b", options);
  CHECK(newest(dir / "a").at("model.safetensors") != newest(dir / "b").at("model.safetensors"));
}

TEST_CASE("trainer: a signal finishes the step, saves, and the run goes on from there") {
  const TemporaryDirectory dir;
  train(dir / "straight");
  CHECK(exit_code_of_child(dir / "stopped", 4, 1) == 0);
  // Batch 4 is that of the fifth step.
  CHECK(latest_checkpoint(dir / "stopped")->filename() == "step-00000005");
  CHECK(train(dir / "stopped").finished);
  CHECK(newest(dir / "stopped") == newest(dir / "straight"));
}

TEST_CASE("trainer: a watcher sees each step, and ends the training after one") {
  const TemporaryDirectory directory;
  bert::Pretraining task = small_task();
  TrainerOptions options = small_options();
  options.evaluate_every = 2;
  Trainer trainer(task, options, directory.path());
  std::vector<int64_t> seen, scored;
  const TrainingResult result = trainer.run([&](const StepReport& report) {
    seen.push_back(report.step);
    if (!report.evaluation.empty()) scored.push_back(report.step);
    CHECK(report.metrics.front().first == "loss");
    return report.step < 5;
  });
  CHECK(seen == std::vector<int64_t>{1, 2, 3, 4, 5});
  CHECK(scored == std::vector<int64_t>{2, 4});
  CHECK_FALSE(result.finished);
  CHECK(latest_checkpoint(directory.path()).value().filename() == "step-00000005");
}

TEST_CASE("trainer: a second signal ends it at once") {
  const TemporaryDirectory dir;
  CHECK(exit_code_of_child(dir / "out", 4, 2) == 128 + SIGTERM);
  CHECK(latest_checkpoint(dir / "out")->filename() == "step-00000003");
}

TEST_CASE("trainer: only the same run is resumed, and the option that differs is named") {
  const TemporaryDirectory dir;
  train(dir / "out");
  const fs::path checkpoint = latest_checkpoint(dir / "out").value();
  const auto refused = [&](bert::Pretraining task, const TrainerOptions& options,
                           const std::string& option) {
    Trainer trainer(task, options, dir / "out");
    CHECK_THROWS_AS(trainer.resume(checkpoint), FormatError);
    CHECK_THROWS_WITH(trainer.resume(checkpoint), ContainsSubstring(option));
  };
  TrainerOptions options = small_options();
  refused(small_task(2), options, "--batch: 4, not 2");
  refused(small_task(4, 13), options, "--text");
  options.steps = 9;
  refused(small_task(), options, "--steps: 8, not 9");
  options = small_options();
  options.learning_rate = 1;
  refused(small_task(), options, "--lr");
}

TEST_CASE("trainer: the log has one line a step, also after a kill and after the end") {
  const TemporaryDirectory dir;
  TrainerOptions options = small_options();
  options.evaluate_every = 4;
  train(dir / "out", options);
  fs::remove_all(dir / "out/checkpoints/step-00000008");
  std::ofstream(dir / "out/metrics.jsonl", std::ios::app) << "{\"step\": 9, \"ki";  // cut off
  train(dir / "out", options);
  train(dir / "out", options);  // has nothing left to do

  std::vector<int64_t> steps, evaluations;
  for (const auto& line : lines_of_log(dir / "out")) {
    const bool evaluation = line.at("kind") == "evaluation";
    (evaluation ? evaluations : steps).push_back(line.at("step").get<int64_t>());
    if (!evaluation) CHECK(std::isfinite(line.at("loss").get<double>()));
  }
  CHECK(steps == std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(evaluations == std::vector<int64_t>{4, 8});
}

TEST_CASE("trainer: evaluation gives the same scores twice, and leaves the mode alone") {
  bert::Pretraining task = small_task();
  const Metrics first = task.evaluate();
  CHECK(task.model().is_training());
  CHECK(task.evaluate() == first);
}

TEST_CASE("trainer: an infinite parameter is named, and the checkpoint stays") {
  const TemporaryDirectory dir;
  train(dir / "out");
  const Files before = newest(dir / "out");
  bert::Pretraining task = small_task();
  TrainerOptions options = small_options();
  Trainer trainer(task, options, dir / "out");
  fs::remove_all(dir / "out/checkpoints/step-00000008");
  const Files last = newest(dir / "out");
  trainer.resume(latest_checkpoint(dir / "out").value());
  const auto parameters = task.model().named_parameters();
  parameters[3].second.detach().fill_(INFINITY);
  CHECK_THROWS_AS(trainer.run(), DivergedError);
  CHECK_THROWS_WITH(trainer.run(), ContainsSubstring("step 7") &&
                                       ContainsSubstring("learning rate") &&
                                       ContainsSubstring("parameter " + parameters[3].first) &&
                                       ContainsSubstring("checkpoint of step 6 is untouched"));
  CHECK(newest(dir / "out") == last);
}

TEST_CASE("trainer: the operation that overflows first is named") {
  const TemporaryDirectory dir;
  bert::Pretraining task = small_task();
  // Queries and keys of about 1e37 are float32 numbers; their products, in attention, are not.
  for (const auto& [name, parameter] : task.model().named_parameters()) {
    const bool query_or_key = name.ends_with("query.weight") || name.ends_with("key.weight");
    if (query_or_key) parameter.detach().mul_(1e38);
  }
  Trainer trainer(task, small_options(), dir / "out");
  CHECK_THROWS_WITH(trainer.run(), ContainsSubstring("step 1: the loss is not finite") &&
                                       ContainsSubstring("first produced by 'self_attention'") &&
                                       ContainsSubstring("there is no checkpoint yet"));
  CHECK_FALSE(latest_checkpoint(dir / "out").has_value());
}

TEST_CASE("trainer: two accumulated batches make one step") {
  const TemporaryDirectory dir;
  TrainerOptions options = small_options();
  options.steps = 2;
  options.accumulate = 2;
  CHECK(train(dir / "out", options).step == 2);

  // The logged loss of step 1 is the mean of those of batches 0 and 1.
  bert::Pretraining task = small_task();
  task.model().train();
  const double mean = (task.loss(0).total.item<float>() + task.loss(1).total.item<float>()) / 2.0;
  const double logged = lines_of_log(dir / "out").at(0).at("loss").get<double>();
  CHECK(logged == Approx(mean).epsilon(1e-6));  // the sum of two float32 numbers
}

TEST_CASE("trainer: options out of their range are named") {
  const auto problem = [](auto change) {
    TrainerOptions options;
    change(options);
    try {
      options.validate();
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(problem([](auto&) {}).empty());
  CHECK_THAT(problem([](auto& o) { o.steps = 0; }), ContainsSubstring("--steps"));
  CHECK_THAT(problem([](auto& o) { o.learning_rate = NAN; }), ContainsSubstring("--lr"));
  CHECK_THAT(problem([](auto& o) { o.adam.beta2 = 1; }), ContainsSubstring("--beta2"));
  CHECK_THAT(problem([](auto& o) { o.adam.weight_decay = NAN; }),
             ContainsSubstring("--weight-decay"));
  CHECK_THAT(problem([](auto& o) { o.checkpoint_every = -1; }),
             ContainsSubstring("--checkpoint-every"));
}
