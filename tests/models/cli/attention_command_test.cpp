// `gradus bert attention` as a person runs it.
#include <cmath>

#include "tests/models/cli/program.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

struct AttentionRun {
  TemporaryDirectory dir;
  fs::path text = write(dir / "text.txt", small_text(24)), out = dir / "run";

  AttentionRun() {
    const Outcome outcome = gradus_program(
        pretrain(text, out, kSmall + Arguments{"--steps", "4", "--checkpoint-every", "2"}));
    CAPTURE(outcome.err);
    REQUIRE(outcome.code == 0);
  }
};

Outcome attention(const Arguments& arguments) {
  return gradus_program(Arguments{"bert", "attention"} + arguments);
}

// The JSON between the page's data tag and the end of that element.
Json data_of_page(const std::string& page) {
  const std::string tag = R"(id="data">)";
  const size_t begin = page.find(tag) + tag.size();
  return parse_json(page.substr(begin, page.find("</script", begin) - begin));
}

std::string words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "the ";
  return text;
}

}  // namespace

TEST_CASE("cli: attention --json gives tokens, weights, entropy and predictions") {
  const AttentionRun run;
  const Outcome outcome = attention(
      {"--model", run.out, "the cat [MASK] honey.", "the bee sees.", "--top", "3", "--json"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json json = parse_json(outcome.out);
  const size_t n = json["tokens"].size();
  CHECK(json["tokens"][0] == "[CLS]");
  CHECK(json["segments"].back() == 1);
  CHECK(json["attention"].size() == 2);        // layers of the tiny model
  CHECK(json["attention"][1].size() == 2);     // heads
  CHECK(json["attention"][1][1].size() == n);  // queries
  CHECK(json["entropy"][0][0] <= std::log(n));
  CHECK(json["masks"][0]["position"] == 3);
  CHECK(json["masks"][0]["predictions"].size() == 3);
}

TEST_CASE("cli: attention reads brackets as text") {
  const AttentionRun run;
  const Outcome outcome = attention({"--model", run.out, "[MASK]", "[MASK] [MASK]", "--json"});
  REQUIRE(outcome.code == 0);
  CHECK(parse_json(outcome.out)["masks"].size() == 3);
}

TEST_CASE("cli: attention without an output prints the entropies and the predictions") {
  const AttentionRun run;
  const Outcome outcome = attention({"--model", run.out, "the cat [MASK] honey."});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("layer 2"));
  CHECK_THAT(outcome.out, ContainsSubstring("[MASK], token 3"));
}

TEST_CASE("cli: attention --html writes a page with the text's tokens") {
  const AttentionRun run;
  const fs::path page = run.dir / "out.html";
  const Outcome outcome =
      attention({"--model", run.out, "the cat [MASK] honey.", "--html", page.string()});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring(page.string()));
  const Json data = data_of_page(read(page));
  CHECK(data["text"] == "the cat [MASK] honey.");
  CHECK(data["tokens"][3] == "[MASK]");
  CHECK(data["snapshots"].size() == 1);
  CHECK(data["snapshots"][0]["step"].is_null());
  check_refused(attention({"--model", run.out, "hi", "--html", run.dir / "none/out.html"}),
                {"cannot write", "none/out.html"});
}

TEST_CASE("cli: attention --run goes through the checkpoints in the order of training") {
  const AttentionRun run;
  const fs::path page = run.dir / "out.html";
  const Outcome outcome =
      attention({"--run", run.out, "the [MASK]", "--html", page.string(), "--json"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json snapshots = data_of_page(read(page))["snapshots"];
  const Json checkpoints = parse_json(outcome.out)["checkpoints"];
  REQUIRE(snapshots.size() == 2);
  REQUIRE(checkpoints.size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(snapshots[i]["step"] == 2 * (i + 1));
    CHECK(checkpoints[i]["step"] == 2 * (i + 1));
    CHECK(checkpoints[i]["map"]["masks"] == snapshots[i]["masks"]);
  }
  CHECK(snapshots[0]["weights"] != snapshots[1]["weights"]);

  // A damaged one is left out, with a word; without any there is nothing to show.
  write(run.out / "checkpoints/step-00000002/vocab.txt", "x");
  const Outcome one = attention({"--run", run.out, "the [MASK]", "--json"});
  CHECK(one.code == 0);
  CHECK_THAT(one.err, ContainsSubstring("leaving step-00000002 out"));
  CHECK(parse_json(one.out)["checkpoints"].size() == 1);
  fs::remove_all(run.out / "checkpoints");
  check_refused(attention({"--run", run.out, "the"}), {"no whole checkpoint", run.out.string()});
}

TEST_CASE("cli: attention refuses in one line what it cannot do") {
  const AttentionRun run;
  const std::string none = run.dir / "none";
  check_refused(attention({"--model", none, "hi"}), {none});
  check_refused(attention({"--model", run.out, ""}), {"the text is empty"});
  check_refused(attention({"--model", run.out, "the cat", ""}), {"the second text is empty"});
  check_refused(attention({"--model", run.out, words(600)}), {"602 tokens", "at most 512"});
  check_refused(attention({"--model", run.out}), {"text"}, 2);
  check_refused(attention({"--run", none, "hi"}), {none});
  check_refused(attention({"the cat"}), {"--model", "--run"}, 2);
  check_refused(attention({"--model", run.out, "--run", run.out, "the cat"}), {}, 2);
  check_refused(attention({"--model", run.out, "a", "b", "c"}), {}, 2);
  check_refused(attention({"--model", run.out, "a", "--top", "0"}), {"--top"}, 2);
}
