// Philox against the known answers that Random123 publishes (kat_vectors), and the readers of it.
#include "core/random/philox.hpp"

#include <cmath>
#include <set>
#include <vector>

#include "tests/catch.hpp"

using namespace gradus;

namespace {

using Words = std::array<uint32_t, 4>;

constexpr int kDraws = 100000;

}  // namespace

TEST_CASE("philox gives the published known answers") {
  CHECK(philox({0, 0}, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0ULL, ~0ULL}, ~0ULL) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  const RandomStream pi{.seed = 0x299f31d0a4093822, .stream = 0x0370734413198a2e};
  CHECK(philox(pi, 0x85a308d3243f6a88) == Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform numbers fill the interval from 0 to 1 evenly") {
  std::vector<int> buckets(100);
  double sum = 0;
  for (uint64_t i = 0; i < kDraws; ++i) {
    const double u = uniform({1, 2}, i);
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    sum += u;
    ++buckets[static_cast<size_t>(u * 100)];
  }
  // Standard error of the mean: 1/√(12·100000) = 0.0009; five of them.
  CHECK(std::abs(sum / kDraws - 0.5) < 0.0046);
  // χ² with 99 degrees of freedom has mean 99 and deviation √198 = 14; five of them.
  double chi_squared = 0;
  for (int count : buckets) chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
  CHECK(std::abs(chi_squared - 99) < 70);
}

TEST_CASE("neighbouring seeds, streams and numbers are uncorrelated") {
  const auto correlation = [](RandomStream a, RandomStream b, uint64_t shift) {
    double sum = 0;
    for (uint64_t i = 0; i < kDraws; ++i) {
      sum += (uniform(a, i) - 0.5) * (uniform(b, i + shift) - 0.5);
    }
    return sum / kDraws * 12;  // a variance of 1/12 each
  };
  // Standard error 1/√100000 = 0.0032; five of them.
  CHECK(std::abs(correlation({1, 1}, {1, 1}, 1)) < 0.016);
  CHECK(std::abs(correlation({1, 1}, {1, 2}, 0)) < 0.016);
  CHECK(std::abs(correlation({1, 1}, {2, 1}, 0)) < 0.016);
}

TEST_CASE("a reader gives the words of its stream in order, and doubles as uniform() does") {
  RandomReader words({7, 9});
  for (uint64_t block = 0; block < 3; ++block) {
    for (uint32_t word : philox({7, 9}, block)) CHECK(words.next_u32() == word);
  }
  RandomReader doubles({7, 9});
  for (uint64_t i = 0; i < 10; ++i) CHECK(doubles.uniform() == uniform({7, 9}, i));
}

TEST_CASE("below stays below its bound and reaches every value") {
  RandomReader reader({3, 4});
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts.at(reader.below(7));
  // Binomial deviation √(10000·6/7) = 93; five of them.
  for (int count : counts) CHECK(std::abs(count - 10000) < 465);
  for (int i = 0; i < 10; ++i) CHECK(reader.below(1) == 0);
}

TEST_CASE("normal numbers have mean 0, variance 1 and the tails of a normal distribution") {
  RandomReader reader({5, 6});
  double sum = 0, sum_of_squares = 0;
  int beyond_two = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = reader.normal();
    sum += z;
    sum_of_squares += z * z;
    beyond_two += std::abs(z) > 2;
  }
  // Five standard errors each: 1/√n, √(2/n), √(p(1−p)/n) with p = 0.0455.
  CHECK(std::abs(sum / kDraws) < 0.016);
  CHECK(std::abs(sum_of_squares / kDraws - 1) < 0.023);
  CHECK(std::abs(beyond_two / double{kDraws} - 0.0455) < 0.0033);
}

TEST_CASE("a generator hands out each stream once and can be restarted where it was") {
  Generator generator(42);
  std::set<uint64_t> streams;
  for (int i = 0; i < 5; ++i) streams.insert(generator.next().stream);
  CHECK(streams.size() == 5);
  Generator restored(generator.seed(), generator.position());
  CHECK(restored.next().stream == generator.next().stream);
  CHECK(restored.next().seed == 42);

  manual_seed(11);
  const RandomStream first = default_generator().next();
  CHECK(first.seed == 11);
  CHECK(default_generator().next().stream != first.stream);
  manual_seed(11);
  CHECK(default_generator().next().stream == first.stream);
}
