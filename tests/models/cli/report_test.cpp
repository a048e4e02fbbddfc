// report.html, which pretrain writes at its end.
#include <chrono>
#include <thread>

#include "tests/models/cli/program.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

struct Folder {
  TemporaryDirectory dir;
  fs::path text = write(dir / "text.txt", small_text(60)), out = dir / "run";

  Outcome train(const Arguments& more) const {
    return gradus_program(pretrain(text, out, kSmall + Arguments{"--steps", "4"} + more));
  }
  Json report() const {
    const std::string page = read(out / "report.html"), tag = R"(id="data">)";
    const size_t begin = page.find(tag) + tag.size();
    return parse_json(page.substr(begin, page.find("</script", begin) - begin));
  }
};

}  // namespace

TEST_CASE("cli: the report of a training has its curves, scores, sentences and machine") {
  const Folder folder;
  const Outcome outcome = folder.train({"--evaluate-every", "2", "--json"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json result = parse_json(outcome.out), report = folder.report();
  CHECK(report["name"] == "run");
  CHECK(report["step"] == 4);
  CHECK(report["steps"] == 4);
  CHECK(report["train"]["step"] == Json{1, 2, 3, 4});
  for (const char* name : {"mlm_loss", "tokens_per_s"}) {
    REQUIRE(report["train"][name].size() == 4);
    for (const Json& value : report["train"][name]) CHECK(value.get<double>() > 0);
  }
  REQUIRE(report["evaluations"].size() == 2);
  CHECK(report["evaluations"][1]["step"] == 4);
  CHECK(report["evaluations"][1]["mlm_accuracy"] == result["mlm_accuracy"]);
  CHECK(report["scores"]["mlm_loss"] == result["mlm_loss"]);
  CHECK(report["baselines"] == result["baselines"]);
  CHECK(report["tokens_per_s"].get<double>() > 0);
  CHECK(report["machine"]["threads"] == 1);
  CHECK(report["configuration"]["model"]["num_hidden_layers"] == 2);
  CHECK(report["configuration"]["training"]["steps"] == 4);

  CHECK(report["attention"]["text"] == report["sentences"][0]["text"]);
  CHECK(report["attention"]["snapshots"].back()["step"] == 4);

  // Without --fill the sentences are held-out ones, with their answers.
  for (const Json& sentence : report["sentences"]) {
    CHECK_THAT(sentence["text"].get<std::string>(), ContainsSubstring("[MASK]"));
    CHECK_FALSE(sentence["answer"].get<std::string>().empty());
    CHECK(sentence["masks"][0].size() == 4);
  }
}

TEST_CASE("cli: --fill gives the report its sentences, --no-report leaves it out") {
  const Folder folder;
  const Outcome outcome =
      folder.train({"--fill", "the [MASK] sees </script>.", "--fill", "[MASK] and [MASK]"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("report.html"));
  const Json sentences = folder.report()["sentences"];
  REQUIRE(sentences.size() == 2);
  CHECK(sentences[0]["text"] == "the [MASK] sees </script>.");
  CHECK(sentences[1]["masks"].size() == 2);

  const Folder without;
  CHECK(without.train({"--no-report"}).code == 0);
  CHECK_FALSE(fs::exists(without.out / "report.html"));
}

TEST_CASE("cli: a training that is stopped leaves a report of what it came to") {
  const Folder folder;
  Program program(pretrain(folder.text, folder.out, kSmall + Arguments{"--steps", "1000000"}));
  while (program.is_running() && read(folder.out / "metrics.jsonl").empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("report.html"));
  const Json report = folder.report();
  CHECK(report["steps"] == 1000000);
  CHECK(report["step"] == report["train"]["step"].back());
  CHECK(report["step"] < 1000000);
  CHECK(report["scores"]["mlm_loss"].get<double>() > 0);
}

TEST_CASE("cli: a sentence that cannot be filled is refused before the training") {
  const Folder folder;
  check_refused(folder.train({"--fill", "the cat"}), {"no [MASK] in \"the cat\""});
  CHECK_FALSE(fs::exists(folder.out / "checkpoints"));
}

TEST_CASE("cli: --keep-checkpoints keeps as many") {
  const Folder folder;
  CHECK(folder.train({"--checkpoint-every", "1", "--keep-checkpoints", "3"}).code == 0);
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.out / "checkpoints")) {
    ++count;
  }
  CHECK(count == 3);
  check_refused(Folder().train({"--keep-checkpoints", "0"}), {"--keep-checkpoints"});
}
