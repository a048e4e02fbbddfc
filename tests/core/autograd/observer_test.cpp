// What an observer is told, and when.
#include "core/autograd/observer.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/autograd/apply.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

using Lines = std::vector<std::string>;

// "forward mul (", and "forward mul ) 1" with the number of outputs.
class Diary final : OpObserver {
 public:
  void begin(const Activity& a) override {
    lines.push_back(fmt::format("{} {} ({}", phase_of(a), a.name, a.inputs.size()));
  }
  void end(const Activity& a) noexcept override {
    lines.push_back(fmt::format("{} {} ){}", phase_of(a), a.name, a.outputs.size()));
  }
  Lines lines;

 private:
  static std::string_view phase_of(const Activity& a) {
    constexpr std::string_view names[] = {"forward", "backward", "traversal", "region"};
    return names[static_cast<size_t>(a.phase)];
  }
};

struct Refusing {
  static constexpr std::string_view name = "refusing";
  static Tensor forward(const Tensor&) { throw std::runtime_error("no"); }
  Tensors backward(const Tensor& dy) const { return {dy}; }
};

}  // namespace

TEST_CASE("an observer is told of each operation, forward and backward, inputs and outputs") {
  const Tensor x = leaf({2}), w = leaf({2}, 1);
  const Diary diary;
  const Tensor y = exp(x * w);
  CHECK(diary.lines ==
        Lines{"forward mul (2", "forward mul )1", "forward exp (1", "forward exp )1"});
}

TEST_CASE("backwards, and what they call, begin and end inside the traversal") {
  const Tensor x = leaf({2, 3});
  const Tensor y = matmul(x, normal({3, 2}, 1));
  const Diary diary;
  y.backward(normal({2, 2}, 2));
  const Lines& lines = diary.lines;
  REQUIRE(lines.size() >= 6);
  CHECK(lines[0] == "traversal backward (0");
  CHECK(lines[1] == "backward matmul (1");
  CHECK(std::ranges::count(lines, "forward matmul (2") == 1);  // dX = dY·Wᵀ alone is wanted
  CHECK(lines[lines.size() - 2] == "backward matmul )2");
  CHECK(lines.back() == "traversal backward )0");
}

TEST_CASE("what throws ends too, without outputs") {
  const Tensor x = leaf({2});
  const Diary diary;
  CHECK_THROWS_AS(apply(Refusing{}, x), std::runtime_error);
  CHECK(diary.lines == Lines{"forward refusing (1", "forward refusing )0"});
}

TEST_CASE("the newest observer alone is told, and the one before it again when it is gone") {
  const Tensor x = leaf({2});
  const Diary older;
  {
    const Diary newer;
    const Observed region("inner");
    CHECK(newer.lines == Lines{"region inner (0"});
  }
  CHECK(older.lines.empty());
  exp(x);
  CHECK(older.lines.size() == 2);
}
