// What the commands print.
#include <fcntl.h>
#include <stdlib.h>

#include "core/kernels/gemm_bf16.hpp"
#include "core/kernels/openblas.hpp"
#include "tests/models/cli/program.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// A finished run on the small text, shared by the tests of one process.
struct Run {
  TemporaryDirectory dir;
  fs::path text = write(dir / "text.txt", small_text(60)), out = dir / "run";
  Json result;

  Run() {
    const Outcome outcome =
        gradus_program(pretrain(text, out, kSmall + Arguments{"--steps", "4", "--json"}));
    CAPTURE(outcome.err);
    REQUIRE(outcome.code == 0);
    result = parse_json(outcome.out);
  }
};

Json json_of(const Arguments& arguments) {
  const Outcome outcome = gradus_program(arguments + Arguments{"--json"});
  CAPTURE(arguments, outcome.err, outcome.out);
  CHECK(outcome.code == 0);
  return parse_json(outcome.out);  // throws if there is anything else on stdout
}

}  // namespace

TEST_CASE("cli: every command has help with an example") {
  const std::vector<Arguments> commands = {{"bert", "pretrain"},    {"bert", "evaluate"},
                                           {"bert", "fill-mask"},   {"bert", "attention"},
                                           {"tokenizer", "train"},  {"tokenizer", "encode"},
                                           {"tokenizer", "decode"}, {"bench", "train"},
                                           {"gradcheck"},           {"info"}};
  for (const Arguments& command : commands) {
    const Outcome outcome = gradus_program(command + Arguments{"--help"});
    CAPTURE(command);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
    CHECK_THAT(outcome.out, ContainsSubstring("Example:\n  gradus " + command[0]));
  }
  CHECK(gradus_program({"--version"}).out.substr(0, 7) == "gradus ");
}

TEST_CASE("cli: --json prints one JSON value and nothing else") {
  CHECK(json_of({"info", "--threads", "1"})["threads"] == 1);
  const Json checked = json_of({"gradcheck", "--op", "softmax"});
  CHECK(checked["failed"] == 0);
  CHECK(checked["samples"].size() > 0);
  const Json mutants = json_of({"gradcheck", "--op", "softmax", "--mutants"});
  CHECK(mutants["caught"] == mutants["total"]);
  CHECK(mutants["total"] > 0);
  const Json bench =
      json_of({"bench", "train", "--layers", "1", "--hidden", "32", "--vocab", "50", "--batch", "2",
               "--seq", "8", "--predictions", "2", "--steps", "1", "--threads", "1"});
  for (const char* key :
       {"tokens_per_s", "step_ms", "gflops", "peak_gflops", "fraction_of_peak", "peak_rss_mb"}) {
    CHECK(bench.at(key).get<double>() > 0);
  }
  CHECK(bench.at("system_allocations") == 0);
  const Json small = json_of({"bench", "small", "--threads", "1"}).at("kernels");
  CHECK(small.size() == 4);
  for (const Json& row : small) {
    CHECK(row.at("unit") == "k op/s");
    CHECK(row.at("rate").get<double>() > 0);
    CHECK(row.at("bound") == 0);
  }
}

TEST_CASE("cli: a step in bfloat16 gives nearly the loss of one in float32, but not the same") {
  if (gradus::kernels::bf16_unit().empty()) {
    WARN("this CPU does not multiply bfloat16: --precision bf16 is not tested");
    return;
  }
  const auto losses = [](const char* precision) {
    const Json bench = json_of({"bench", "train", "--layers", "1", "--hidden", "32", "--vocab",
                                "50", "--batch", "2", "--seq", "8", "--predictions", "2", "--steps",
                                "1", "--precision", precision});
    return bench.at("losses").get<std::vector<double>>();
  };
  const std::vector<double> fp32 = losses("fp32"), bf16 = losses("bf16");
  REQUIRE(fp32.size() == 3);
  REQUIRE(bf16.size() == 3);
  for (size_t i = 0; i < 3; ++i) CHECK(bf16[i] == Approx(fp32[i]).epsilon(0.01));  // 8 bits: 0.4 %
  CHECK(bf16 != fp32);
}

TEST_CASE("cli: a step by another library has the same loss but for rounding") {
  if (gradus::kernels::openblas().sgemm == nullptr) {
    WARN("OpenBLAS is not installed: --matmul openblas is not tested");
    return;
  }
  const auto losses = [](const char* library) {
    const Json bench =
        json_of({"bench", "train", "--layers", "1", "--hidden", "256", "--vocab", "50", "--batch",
                 "2", "--seq", "8", "--predictions", "2", "--steps", "1", "--matmul", library});
    return bench.at("losses").get<std::vector<double>>();
  };
  const std::vector<double> ours = losses("builtin"), theirs = losses("openblas");
  REQUIRE(ours.size() == 3);
  REQUIRE(theirs.size() == 3);
  for (size_t i = 0; i < 3; ++i) CHECK(theirs[i] == Approx(ours[i]).epsilon(1e-5));
}

TEST_CASE("cli: a tokenizer is trained, encodes with offsets, and decodes") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text()), out = dir / "tokenizer";
  CHECK(json_of({"tokenizer", "train", "--text", text, "--out", out})["tokens"] > 30);
  const std::string sentence = "The CAT sees\xff [MASK]";  // with a byte that is not UTF-8
  const Json encoded = json_of({"tokenizer", "encode", "--model", out, sentence})[0];
  CHECK(encoded["tokens"][1] == "cat");
  CHECK(encoded["bytes"][1] == Json{4, 7});
  CHECK(encoded["tokens"].back() == "[MASK]");
  const Json masks =
      json_of({"tokenizer", "encode", "--model", out, "[MASK] sees [MASK]", "[MASK]"});
  REQUIRE(masks.size() == 2);  // texts, and no lists in brackets
  CHECK(masks[0]["tokens"] == Json{"[MASK]", "sees", "[MASK]"});
  CHECK(masks[1]["tokens"] == Json{"[MASK]"});
  Arguments decode{"tokenizer", "decode", "--model", out};
  for (const Json& id : encoded["ids"]) decode.push_back(to_text(id));
  CHECK(json_of(decode)["text"].get<std::string>().starts_with("the cat"));
  check_refused(gradus_program({"tokenizer", "decode", "--model", out, "99999"}), {"99999"});
  check_refused(gradus_program({"tokenizer", "encode", "--model", dir / "none", "hi"}),
                {(dir / "none").string()});
}

TEST_CASE("cli: evaluate gives the scores with which pretrain ended") {
  const Run run;
  const Json scores = json_of({"bert", "evaluate", "--model", run.out, "--text", run.text});
  for (const auto& [key, value] : scores.items()) {
    CAPTURE(key);
    CHECK(run.result.at(key) == value);
  }
  const double waited = run.result.at("seconds_waiting_for_batches");
  CHECK(waited >= 0);
  CHECK(waited < run.result.at("seconds").get<double>());
  CHECK(scores.at("masked_tokens") > 0);
  CHECK(scores.at("nsp_pairs") > 0);
  const double vocabulary =
      static_cast<double>(lines_of(read(run.out / "checkpoints/step-00000004/vocab.txt")).size());
  CHECK(scores["baselines"]["uniform_loss"].get<double>() == Approx(std::log(vocabulary)));
  check_refused(
      gradus_program({"bert", "evaluate", "--model", run.out, "--text", run.text, "--seq", "600"}),
      {"--seq 600", "512 positions"});
}

TEST_CASE("cli: a part of the text is learned from, and the same held-out text scored") {
  const Run run;
  const fs::path out = run.dir / "half";
  const Json half =
      json_of(pretrain(run.text, out, kSmall + Arguments{"--steps", "4", "--text-part", "0.5"}));
  CHECK(read(out / "vocab.txt") == read(run.out / "vocab.txt"));
  CHECK(half["masked_tokens"] == run.result["masked_tokens"]);
  CHECK(half["mlm_loss"] != run.result["mlm_loss"]);
}

TEST_CASE("cli: fill-mask puts its guesses, best first, in the place of the mask") {
  const Run run;
  const std::string text = "Ünï [MASK] — [MASK]日本.";
  const Json masks =
      json_of({"bert", "fill-mask", "--model", run.out, "--top", "7", text})[0]["masks"];
  REQUIRE(masks.size() == 2);
  for (size_t m = 0; m < masks.size(); ++m) {
    REQUIRE(masks[m].size() == 7);
    double before = 1, sum = 0;
    for (const Json& guess : masks[m]) {
      const double probability = guess["probability"];
      CHECK(probability <= before);
      before = probability;
      sum += probability;
      std::string token = guess["token"], expected = text;
      if (token.starts_with("##")) continue;  // these join the word before
      expected.replace(m == 0 ? expected.find("[MASK]") : expected.rfind("[MASK]"), 6, token);
      CHECK(guess["sentence"] == expected);
    }
    CHECK(sum <= 1 + 1e-6);  // float32 probabilities
  }
  const auto refused = [&](const std::string& sentence, const std::string& problem) {
    check_refused(gradus_program({"bert", "fill-mask", "--model", run.out, sentence}), {problem});
  };
  refused("The cat sees honey.", "no [MASK] in \"The cat sees honey.\"");
  refused("", "no [MASK]");
  std::string long_text = "[MASK]";
  for (int i = 0; i < 600; ++i) long_text += " the";
  refused(long_text, "at most 512");
}

TEST_CASE("cli: damaged models are refused by file, damaged checkpoints passed over") {
  const Run run;
  const fs::path good = run.out / "checkpoints/step-00000004", model = run.dir / "model";
  const std::string config = read(good / "config.json"), vocabulary = read(good / "vocab.txt"),
                    weights = read(good / "model.safetensors");
  const auto refused = [&](const std::string& file, const std::string& content,
                           const std::vector<std::string>& problem) {
    fs::remove_all(model);
    fs::create_directory(model);
    for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) {
      fs::copy(good / name, model / name);
    }
    write(model / file, content);
    const std::vector<std::string> parts = problem + Arguments{(model / file).string()};
    check_refused(gradus_program({"bert", "fill-mask", "--model", model, "a [MASK]"}), parts);
    check_refused(gradus_program({"bert", "evaluate", "--model", model, "--text", run.text}),
                  parts);
  };
  // A safetensors file is the length of its header in 8 bytes, the header, and the data.
  const auto safetensors = [](const std::string& header, const std::string& data) {
    std::string length(8, '\0');
    for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 255);
    return length + header + data;
  };
  const auto tensor = [](const std::string& name, const std::string& shape, int begin, int end) {
    return fmt::format(R"("{}":{{"dtype":"F32","shape":{},"data_offsets":[{},{}]}})", name, shape,
                       begin, end);
  };
  const std::string w = "model.safetensors";
  refused(w, "", {"not a safetensors file"});
  refused(w, weights.substr(0, 1000), {"1000"});
  refused(w, weights.substr(0, weights.size() - 1), {"ends at byte"});
  refused(w, std::string(7, '\xff') + std::string("\x7f") + "{}", {});
  refused(w, safetensors("{" + tensor("a", "[1099511627776]", 0, 8) + "}", "12345678"), {});
  refused(w,
          safetensors("{" + tensor("a", "[2]", 0, 8) + "," + tensor("b", "[2]", 4, 12) + "}",
                      "123456789012"),
          {});
  refused(w,
          safetensors("{" + tensor("a", "[1]", 0, 4) + "," + tensor("b", "[1]", 8, 12) + "}",
                      "123456789012"),
          {});
  refused(w, safetensors("{" + tensor("a", "[1]", 0, 4) + "}", "1234"), {});
  refused("config.json", "{", {"not a JSON object"});
  std::string three_heads = config;
  three_heads.replace(three_heads.find("\"num_attention_heads\": 2") + 23, 1, "3");
  refused("config.json", three_heads, {"128 is not a multiple of num_attention_heads 3"});
  refused("vocab.txt", vocabulary + "extra\n", {"tokens, but the model"});
  refused("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n", {"has no [MASK]"});

  std::string flipped = weights;
  flipped[weights.size() / 2] = static_cast<char>(flipped[weights.size() / 2] ^ 4);
  write(good / w, flipped);
  check_refused(gradus_program({"bert", "fill-mask", "--model", run.out, "a [MASK]"}),
                {(good / w).string(), "checksum"});
  check_refused(
      gradus_program(pretrain(run.text, run.out, kSmall + Arguments{"--steps", "4", "--resume"})),
      {(good / w).string(), "checksum"});
}

TEST_CASE("cli: progress is plain lines in a file") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text());
  Arguments arguments = pretrain(text, dir / "run", kSmall + Arguments{"--steps", "3"});
  std::erase(arguments, "--quiet");
  const Outcome outcome = gradus_program(arguments);
  CHECK(outcome.err.find('\r') == outcome.err.npos);
  CHECK_THAT(outcome.err, ContainsSubstring("step 1/3  loss"));
  CHECK_THAT(outcome.err, ContainsSubstring("step 3/3  loss"));
  CHECK_THAT(outcome.out, ContainsSubstring("this model"));
}

TEST_CASE("cli: progress is one rewritten line on a terminal") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text());
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  REQUIRE(terminal >= 0);
  REQUIRE(::grantpt(terminal) == 0);
  REQUIRE(::unlockpt(terminal) == 0);
  const int screen = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
  REQUIRE(screen >= 0);

  Arguments arguments = pretrain(text, dir / "run", kSmall + Arguments{"--steps", "3"});
  std::erase(arguments, "--quiet");
  CHECK(Program(arguments, {}, screen).wait().code == 0);
  std::string shown;
  char byte = 0;
  while (::read(terminal, &byte, 1) == 1) shown.push_back(byte);
  ::close(screen);
  ::close(terminal);
  CHECK_THAT(shown, ContainsSubstring("\r\x1b[Kstep 1/3"));
}
