// What people give by mistake: each is answered with one line that names the file and the problem.
#include <fcntl.h>

#include "core/kernels/gemm_bf16.hpp"
#include "core/kernels/onednn.hpp"
#include "core/kernels/openblas.hpp"
#include "tests/models/cli/program.hpp"

using namespace gradus;
using namespace gradus::test;

TEST_CASE("cli: texts that cannot be read are refused by name") {
  const TemporaryDirectory dir;
  const fs::path out = dir / "run";
  const auto refused = [&](const fs::path& text, const std::string& problem) {
    check_refused(gradus_program(pretrain(text, out)), {text.string(), problem});
    check_refused(gradus_program({"tokenizer", "train", "--text", text, "--out", out}),
                  {text.string(), problem});
  };
  refused(dir / "missing.txt", "no such file");
  refused(write(dir / "empty.txt", ""), "is empty");
  refused(write(dir / "blank.txt", " \n\n\t\n"), "has no text");
  refused(dir.path(), "is a directory");
  refused(write(dir / "binary", std::string("\x7f"
                                            "ELF\0\0\1",
                                            7)),
          "is binary");
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("cli: invalid UTF-8 is replaced, counted and said") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "latin1.txt", small_text() + "A caf\xe9 \xff.\n");
  const Outcome outcome =
      gradus_program({"tokenizer", "train", "--text", text, "--out", dir / "tokenizer", "--json"});
  CHECK(outcome.code == 0);
  CHECK(parse_json(outcome.out)["invalid_bytes"] == 2);
  CHECK_THAT(outcome.err, ContainsSubstring("latin1.txt: 2 bytes are not UTF-8"));
  CHECK(lines_of(outcome.err).size() == 1);
}

TEST_CASE("cli: one endless line is a text like any other") {
#if defined(__SANITIZE_ADDRESS__)
  constexpr size_t kBytes = 2'000'000;  // the sanitizer is slow
#else
  constexpr size_t kBytes = 50'000'000;
#endif
  const TemporaryDirectory dir;
  std::string line;
  while (line.size() < kBytes) line += "bees make honey and the river runs ";
  const fs::path text = write(dir / "endless.txt", line);
  const fs::path unbroken = write(dir / "unbroken.txt", std::string(kBytes, 'a'));
  const Outcome words =
      gradus_program({"tokenizer", "train", "--text", text, "--out", dir / "t", "--json"});
  CAPTURE(words.err);
  CHECK(words.code == 0);
  CHECK(parse_json(words.out)["words"] == 7);
  // No word of more than 100 characters is ever looked up, so there is nothing to learn.
  check_refused(gradus_program({"tokenizer", "train", "--text", unbroken, "--out", dir / "u"}),
                {unbroken.string(), "no words"});
}

TEST_CASE("cli: a single sentence trains without next sentences, and says so") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "one.txt", "Only one sentence is here.\n");
  const Outcome outcome =
      gradus_program(pretrain(text, dir / "run", kSmall + Arguments{"--steps", "2", "--json"}));
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("no next-sentence prediction: the text has a single"));
  const Json result = parse_json(outcome.out);
  CHECK(result["finished"] == true);
  CHECK(result["mlm_accuracy"].is_null());  // nothing is held out, so nothing is known
  CHECK(result["nsp_accuracy"].is_null());
}

TEST_CASE("cli: options out of their range are refused by name") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text()), out = dir / "run";
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"--seq", "600"}, "--seq 600 is longer than the model's 512 positions"},
      {{"--seq", "4"}, "sequences of 4 tokens"},
      {{"--long-seq", "600"}, "--long-seq 600 is longer than the model's 512 positions"},
      {{"--long-seq", "16"}, "--long-seq 16 is shorter than --seq 128; --long-part 0"},
      {{"--long-part", "1.5"}, "--long-part must be in [0, 1], got 1.5"},
      {{"--text-part", "0"}, "--text-part must be in (0, 1], got 0"},
      {{"--text-part", "nan"}, "--text-part must be in (0, 1], got nan"},
      {{"--batch", "0"}, "batch of 0"},
      {{"--steps", "0"}, "--steps"},
      {{"--lr", "nan"}, "--lr"},
      {{"--warmup", "2"}, "--warmup"},
      {{"--beta2", "1"}, "--beta2"},
      {{"--weight-decay", "nan"}, "--weight-decay"},
      {{"--clip", "-1"}, "--clip"},
      {{"--accumulate", "0"}, "--accumulate"},
      {{"--evaluate-every", "-1"}, "--evaluate-every"},
      {{"--checkpoint-every", "-1"}, "--checkpoint-every"},
      {{"--dropout", "1.5"}, "dropout"},
      {{"--mask-rate", "0"}, "masking rate"},
      {{"--vocab-size", "5"}, "size 5 leaves no room"}};
  for (const auto& [arguments, problem] : cases) {
    check_refused(gradus_program(pretrain(text, out, arguments)), {problem});
  }
  check_refused(gradus_program({"bert", "pretrain", "--text", text, "--out", out, "--config", "x"}),
                {"'x'", "tiny, mini, small"});
  const fs::path vocabulary = write(dir / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n");
  check_refused(gradus_program(pretrain(text, out, {"--vocab", vocabulary})),
                {vocabulary.string(), "has no [MASK]"});
  check_refused(gradus_program({"bench", "train", "--batch", "999999999"}), {"999999999"});
  check_refused(gradus_program({"bench", "train", "--batch", "-1"}), {"-1"});
  check_refused(gradus_program({"gradcheck", "--op", "nope"}), {"'nope'"});
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("cli: wrong usage is one line, and exit code 2") {
  check_refused(gradus_program({"bert", "pretrain", "--out", "x"}), {"--text is required"}, 2);
  check_refused(gradus_program({"info", "--jsn"}), {"--jsn"}, 2);
  check_refused(gradus_program({"bert"}), {"a command is missing", "'gradus bert' has pretrain,"},
                2);
  check_refused(gradus_program({"bench", "smal"}),
                {"no command 'smal'", "'gradus bench' has", "small"}, 2);
  check_refused(gradus_program({"bench", "train", "--steps", "many"}), {"--steps", "many"}, 2);
  check_refused(gradus_program({"info", "--threads", "0"}), {"0 is not between"}, 2);
  check_refused(gradus_program({"bench", "train", "--precision", "half"}),
                {"--precision: half not in {fp32,bf16}"}, 2);
  check_refused(gradus_program({"bench", "train", "--matmul", "mkl"}), {"--matmul", "openblas"}, 2);
  check_refused(gradus_program({"bench", "train", "--matmul", "openblas", "--precision", "fp32"}),
                {"--precision excludes --matmul"}, 2);
  if (gradus::kernels::onednn().sgemm == nullptr) {
    check_refused(gradus_program({"bench", "train", "--matmul", "onednn"}), {"not installed"}, 1);
  }
}

TEST_CASE("cli: where it cannot write, it says so and leaves what is there") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text());
  const std::string before = read(text);
  for (const fs::path& out : {text, text / "run"}) {
    check_refused(gradus_program(pretrain(text, out)), {text.string(), "Not a directory"});
    check_refused(gradus_program({"tokenizer", "train", "--text", text, "--out", out}),
                  {text.string(), "Not a directory"});
  }
  check_refused(gradus_program(pretrain(text, "/proc/none/run", kSmall)), {"/proc/none/run"});
  CHECK(read(text) == before);
}

TEST_CASE("cli: a full disk stops the run and leaves the last checkpoint whole") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text()), out = dir / "run";
  const Arguments run = pretrain(text, out, kSmall + Arguments{"--steps", "2"});
  constexpr rlim_t kLimit = 200'000;  // bytes; the weights have more
  check_refused(gradus_program(run, kLimit), {out.string(), "File too large"});
  CHECK(fs::is_empty(out / "checkpoints"));
  CHECK(gradus_program(run).code == 0);

  const Outcome tokenizer = gradus_program(
      {"tokenizer", "train", "--text", text, "--out", dir / "t", "--vocab-size", "90"}, 100);
  check_refused(tokenizer, {(dir / "t").string(), "File too large"});
}

TEST_CASE("cli: output that does not arrive is a failure") {
  const std::string command = std::string(GRADUS_PROGRAM) + " info > /dev/full 2> /dev/null";
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("cli: a run is not overwritten, and goes on with the same options only") {
  const TemporaryDirectory dir;
  const fs::path text = write(dir / "text.txt", small_text()), out = dir / "run";
  const fs::path other = write(dir / "other.txt", small_text(30));
  const Arguments steps = kSmall + Arguments{"--steps", "2"};
  REQUIRE(gradus_program(pretrain(text, out, steps)).code == 0);
  const fs::path weights = out / "checkpoints/step-00000002/model.safetensors";
  const std::string before = read(weights);

  check_refused(gradus_program(pretrain(text, out, steps)), {out.string(), "--resume"});
  const Arguments resumed{"--resume"};
  const auto refused = [&](const fs::path& from, Arguments options, const std::string& option) {
    check_refused(gradus_program(pretrain(from, out, options + resumed)), {out.string(), option});
  };
  const Arguments vocabulary{"--vocab-size", "90"};
  refused(text, vocabulary + Arguments{"--batch", "2", "--seq", "32", "--steps", "2"}, "--batch");
  refused(text, vocabulary + Arguments{"--batch", "4", "--seq", "24", "--steps", "2"}, "--seq");
  refused(text, kSmall + Arguments{"--steps", "3"}, "--steps");
  refused(text, steps + Arguments{"--seed", "1"}, "--seed");
  refused(text, steps + Arguments{"--lr", "0.5"}, "--lr");
  refused(text, steps + Arguments{"--dropout", "0.5"}, "--config");
  refused(other, steps, "--text");
  // or, where the CPU does not multiply bfloat16, that alone
  const bool bf16 = !gradus::kernels::bf16_unit().empty();
  check_refused(
      gradus_program(pretrain(text, out, steps + resumed + Arguments{"--precision", "bf16"})),
      {bf16 ? "--precision" : "neither AMX nor AVX-512-BF16"}, bf16 ? 1 : 2);
  if (gradus::kernels::openblas().sgemm != nullptr) {
    refused(text, steps + Arguments{"--matmul", "openblas"}, "--matmul");
  }
  check_refused(gradus_program(pretrain(text, dir / "new", steps + resumed)),
                {"no checkpoint", (dir / "new").string()});
  CHECK(read(weights) == before);
  CHECK(gradus_program(pretrain(text, out, steps + resumed)).code == 0);
  CHECK(read(weights) == before);
}
