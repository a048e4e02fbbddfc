#include "models/text/masking.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "tests/catch.hpp"
#include "tests/models/text/helpers.hpp"

using namespace gradus;
using namespace gradus::text;

namespace {

// [CLS] a hundred ordinary tokens [SEP]
std::vector<int32_t> ordinary_sequence(int32_t vocab, size_t length = 100) {
  std::vector<int32_t> sequence{2};
  for (size_t i = 0; i < length; ++i) sequence.push_back(5 + static_cast<int32_t>(i) % (vocab - 5));
  sequence.push_back(3);
  return sequence;
}

}  // namespace

TEST_CASE("masking: the rate is met, labels are the original tokens", "[text]") {
  const Vocabulary vocabulary = numbered_vocabulary(50);
  for (const double rate : {0.15, 0.4, 1.0}) {
    const Masker masker(vocabulary, {.rate = rate, .max_predictions = 1000});
    const auto original = ordinary_sequence(50);
    auto sequence = original;
    const auto masked = masker.mask(sequence, {1, 2});
    CHECK(static_cast<double>(masked.size()) == Approx(100 * rate));
    std::vector<bool> chosen(sequence.size());
    for (size_t i = 0; i < masked.size(); ++i) {
      if (i > 0) CHECK(masked[i - 1].position < masked[i].position);
      CHECK(masked[i].label == original[masked[i].position]);
      chosen[masked[i].position] = true;
    }
    for (size_t i = 0; i < sequence.size(); ++i)
      if (!chosen[i]) CHECK(sequence[i] == original[i]);
    CHECK_FALSE(chosen.front());
    CHECK_FALSE(chosen.back());
  }
}

TEST_CASE("masking: 80% [MASK], 10% random and not special, 10% unchanged", "[text]") {
  const Vocabulary vocabulary = numbered_vocabulary(1005);
  const Masker masker(vocabulary, {.max_predictions = 1000});
  int64_t total = 0, masks = 0, same = 0, random = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    auto sequence = ordinary_sequence(1005);
    for (const MaskedToken& token : masker.mask(sequence, {9, i})) {
      const int32_t now = sequence[token.position];
      ++total;
      masks += now == vocabulary.mask();
      same += now == token.label;
      random += now != vocabulary.mask() && now != token.label;
      if (now != vocabulary.mask()) CHECK_FALSE(vocabulary.is_special(now));
    }
  }
  // 30,000 draws: the standard deviation of each share is at most 0.0024, the margin over 4 of it.
  const auto share = [&](int64_t count) {
    return static_cast<double>(count) / static_cast<double>(total);
  };
  CHECK(total == 30000);
  CHECK(share(masks) == Approx(0.8).margin(0.01));
  CHECK(share(same) == Approx(0.1).margin(0.01));
  CHECK(share(random) == Approx(0.1).margin(0.01));
}

TEST_CASE("masking: every position is as likely as any other", "[text]") {
  const Masker masker(numbered_vocabulary(50), {.rate = 0.2});
  std::vector<int> hits(20);
  for (uint64_t i = 0; i < 5000; ++i) {
    auto sequence = ordinary_sequence(50, 20);
    for (const MaskedToken& token : masker.mask(sequence, {4, i})) ++hits[token.position - 1];
  }
  // 1,000 expected at each, standard deviation 28: a margin of 5 of them.
  for (const int count : hits) CHECK(count == Approx(1000).margin(140));
}

TEST_CASE("masking: at least one prediction, at most max_predictions", "[text]") {
  const Vocabulary vocabulary = numbered_vocabulary(50);
  auto shortest = ordinary_sequence(50, 1);
  CHECK(Masker(vocabulary, {}).mask(shortest, {}).size() == 1);
  auto longest = ordinary_sequence(50, 500);
  CHECK(Masker(vocabulary, {.max_predictions = 7}).mask(longest, {}).size() == 7);
}

TEST_CASE("masking: [UNK] is predicted only where there is nothing else", "[text]") {
  const Masker masker(numbered_vocabulary(50), {.rate = 1, .max_predictions = 100});
  std::vector<int32_t> some{2, 1, 7, 1, 3};
  CHECK(masker.mask(some, {}).size() == 1);
  std::vector<int32_t> all{2, 1, 1, 3};
  CHECK(masker.mask(all, {}).size() == 2);
  std::vector<int32_t> none{2, 3};
  CHECK(masker.mask(none, {}).empty());
}

TEST_CASE("masking: whole words are masked whole", "[text]") {
  const Vocabulary vocabulary = make_vocabulary({"a", "##b", "##c", "d"});
  const Masker masker(vocabulary, {.rate = 0.5, .whole_words = true});
  for (uint64_t i = 0; i < 200; ++i) {
    // [CLS] a ##b ##c d a ##b [SEP]: of 6 tokens 3 are wanted.
    std::vector<int32_t> sequence{2, 5, 6, 7, 8, 5, 6, 3};
    std::vector<size_t> positions;
    for (const MaskedToken& token : masker.mask(sequence, {3, i}))
      positions.push_back(token.position);
    const std::vector<std::vector<size_t>> allowed{{1, 2, 3}, {4, 5, 6}};
    CHECK(std::count(allowed.begin(), allowed.end(), positions) == 1);
  }
  // A word longer than what is wanted is masked in part, rather than nothing.
  std::vector<int32_t> one_word{2, 5, 6, 7, 6, 7, 3};
  CHECK(Masker(vocabulary, {.rate = 0.4, .whole_words = true}).mask(one_word, {}).size() == 2);
}

TEST_CASE("masking: a pure function of the stream", "[text]") {
  const Masker masker(numbered_vocabulary(50), {});
  auto a = ordinary_sequence(50), b = a, c = a;
  masker.mask(a, {1, 1});
  masker.mask(b, {1, 1});
  masker.mask(c, {1, 2});
  CHECK(a == b);
  CHECK(a != c);
}

TEST_CASE("masking: options out of range are refused", "[text]") {
  const Vocabulary vocabulary = numbered_vocabulary(50);
  CHECK_THROWS_AS(Masker(vocabulary, {.rate = 0}), ValueError);
  CHECK_THROWS_AS(Masker(vocabulary, {.rate = 1.1}), ValueError);
  CHECK_THROWS_AS(Masker(vocabulary, {.max_predictions = 0}), ValueError);
  CHECK_THROWS_AS(Masker(numbered_vocabulary(5), {}), ValueError);
}
