// Chapter 6: that three products give the same numbers, and what a multiply-add costs to feed. With no
// arguments it also measures speeds, of one thread.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/kernels/cpu.hpp"
#include "core/kernels/gemm_plain.hpp"
#include "core/kernels/gemm_simd.hpp"
#include "core/kernels/parallel.hpp"
#include "docs/examples/numbers.hpp"

using namespace gradus::kernels;

namespace {

struct Square {
  int64_t n;
  std::vector<float> a, b, c;
  explicit Square(int64_t size) : n(size) {
    const auto count = static_cast<size_t>(n * n);
    a.resize(count), b.resize(count), c.resize(count);
    for (size_t i = 0; i < count; ++i) {
      a[i] = static_cast<float>(i * 7919 % 1000) / 1000 - 0.5F;
      b[i] = static_cast<float>(i * 104'729 % 1000) / 1000 - 0.5F;
    }
  }
  Matrix<const float> left() const { return {a.data(), n}; }
  Matrix<const float> right() const { return {b.data(), n}; }
  Matrix<float> to() { return {c.data(), n}; }
};

using Product = std::function<void(Square&)>;

const std::vector<std::pair<std::string, Product>> kProducts = {
    {"naive",
     [](Square& s) { gemm_naive(s.n, s.n, s.n, 1.0F, s.left(), s.right(), 0.0F, s.to()); }},
    {"blocked",
     [](Square& s) { gemm_plain(s.n, s.n, s.n, 1.0F, s.left(), s.right(), 0.0F, s.to()); }},
    {"simd", [](Square& s) { gemm_simd(s.n, s.n, s.n, 1.0F, s.left(), s.right(), 0.0F, s.to()); }},
    {"blas",
     [](Square& s) { gemm_openblas(s.n, s.n, s.n, 1.0F, s.left(), s.right(), 0.0F, s.to()); }},
};

// GFLOP/s of the fastest of several runs: others may use the machine as well.
double speed(const Product& product, int64_t n) {
  using Clock = std::chrono::steady_clock;
  Square s(n);
  product(s);
  double best = 1e30;
  const double flops = 2.0 * std::pow(static_cast<double>(n), 3);
  const int runs = static_cast<int>(std::clamp(2e9 / flops, 5.0, 1000.0));
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    product(s);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return flops / best / 1e9;
}

// The nearest number of 8 binary digits to one in [1, 2).
double to_8_bits(double x) { return std::nearbyint(x * 128) / 128; }

void measure(Numbers& numbers) {
  gradus::set_num_threads(1);
  double peak = 0;
  for (int i = 0; i < 3; ++i) peak = std::max(peak, measure_peak_gflops(1));
  numbers.add_measured("speed.peak", peak);
  int at = 0;
  for (const int64_t n : {32, 64, 128, 256, 512, 1024}) {
    numbers.add_measured("speed.n." + std::to_string(at), static_cast<double>(n));
    for (const auto& [name, product] : kProducts) {
      numbers.add_measured("speed." + name + "." + std::to_string(at), speed(product, n));
    }
    ++at;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  Square reference(96);
  kProducts[0].second(reference);
  for (const auto& [name, product] : kProducts) {
    Square s(96);
    product(s);
    double most = 0;
    for (size_t i = 0; i < s.c.size(); ++i) {
      most = std::max(most, std::abs(static_cast<double>(s.c[i]) - reference.c[i]));
    }
    numbers.expect(most < 1e-5, name + " gives the same numbers");
  }

  // Exercise: loads for each vector multiply-add, and registers, of tiles, rows × vectors.
  for (const auto& [rows, wide] : {std::pair{12, 2}, {8, 3}, {6, 4}, {5, 5}}) {
    const std::string tile = "exercise." + std::to_string(rows) + "x" + std::to_string(wide);
    numbers.add(tile + ".loads", (rows + wide) / (1.0 * rows * wide));
    numbers.add(tile + ".registers", rows * wide + wide + 1);
  }
  // What rounding to bfloat16 changes, as a part of the number, and of a product of two.
  double rounding = 0;
  for (int i = 0; i < 1 << 16; ++i) {
    const double x = 1 + std::ldexp(i, -16);
    rounding = std::max(rounding, std::abs(to_8_bits(x) / x - 1));
  }
  numbers.add("bfloat16.number", rounding);
  numbers.add("bfloat16.product", std::pow(1 + rounding, 2) - 1);
  // Operations for each byte: a square product, and an addition of two tensors.
  for (const double n : {32.0, 1024.0}) {
    numbers.add("intensity.n" + std::to_string(static_cast<int>(n)),
                2 * n * n * n / (3 * 4 * n * n));
  }
  if (argc < 2) measure(numbers);
  return numbers.finish(argc, argv);
}
