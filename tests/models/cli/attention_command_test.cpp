// `gradus bert attention` as a person runs it.
#include <cmath>

#include "tests/models/cli/program.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

struct Run {
  TemporaryDirectory dir;
  fs::path text = write(dir / "text.txt", small_text(24)), out = dir / "run";

  Run() {
    const Outcome outcome = gradus_program(
        pretrain(text, out, kSmall + Arguments{"--steps", "4", "--checkpoint-every", "2"}));
    CAPTURE(outcome.err);
    REQUIRE(outcome.code == 0);
  }
};

Outcome attention(const Arguments& arguments) {
  return gradus_program(Arguments{"bert", "attention"} + arguments);
}

std::string words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "the ";
  return text;
}

}  // namespace

TEST_CASE("cli: attention --json gives tokens, weights, entropy and predictions") {
  const Run run;
  const Outcome outcome = attention(
      {"--model", run.out, "the cat [MASK] honey.", "the bee sees.", "--top", "3", "--json"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json json = Json::parse(outcome.out);
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

TEST_CASE("cli: attention without an output prints the entropies and the predictions") {
  const Run run;
  const Outcome outcome = attention({"--model", run.out, "the cat [MASK] honey."});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("layer 2"));
  CHECK_THAT(outcome.out, ContainsSubstring("[MASK], token 3"));
}

TEST_CASE("cli: attention refuses in one line what it cannot do") {
  const Run run;
  const std::string none = run.dir / "none";
  check_refused(attention({"--model", none, "hi"}), {none});
  check_refused(attention({"--model", run.out, ""}), {"the text is empty"});
  check_refused(attention({"--model", run.out, "the cat", ""}), {"the second text is empty"});
  check_refused(attention({"--model", run.out, words(600)}), {"602 tokens", "at most 512"});
  check_refused(attention({"--model", run.out}), {"text"}, 2);
  check_refused(attention({"the cat"}), {"--model"}, 2);
  check_refused(attention({"--model", run.out, "a", "b", "c"}), {}, 2);
  check_refused(attention({"--model", run.out, "a", "--top", "0"}), {"--top"}, 2);
}
