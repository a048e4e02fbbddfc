// What `gradus bench` measures: pieces of work with known costs, each timed against what the machine
// could do at best, which is measured in turn with it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::bench {

// One piece of work at one size. Its rate is counted in the first of flops, bytes, text_bytes and
// operations that is not 0.
struct Case {
  std::string name;  // "softmax"
  std::string size;  // "16384 × 128"
  double flops = 0;  // floating-point operations: bound by the FMA peak
  // Read and written at least once: bound by the speed of copying, which work in place may exceed, as
  // copying also fetches what it overwrites.
  double bytes = 0;
  double text_bytes = 0;        // of text worked on: without a bound
  double operations = 0;        // on tensors: without a bound
  int threads = 0;              // 0: as many as are set
  std::function<void()> run{};  // must do the same work at every call
};
using Cases = std::vector<Case>;

// What the tokenizer works on; the other families make their own numbers.
using TextFile = std::filesystem::path;

// softmax, layernorm, gelu, adam, attention, gemm, tokenizer and small, in this order.
std::vector<std::string_view> families();
// Throws ValueError for a name that is none of them, and for the tokenizer what read_corpus throws.
Cases cases_of(std::string_view family, const TextFile& text);

struct Result {
  std::string name, size;
  double milliseconds = 0;  // median
  double rate = 0;          // in `unit` a second
  std::string unit{};       // "GFLOP", "GB", "MB" of text, or "k op"
  double bound = 0;         // in the same unit; 0 for none
  double fraction() const { return bound > 0 ? rate / bound : 0; }
};

// Times a case with Google Benchmark, several times over, and its bound after each: the medians.
Result measure(const Case& work);

}  // namespace gradus::bench
