// The promises are checked: for each there is an operation that breaks it, and is found out.
#include "core/autograd/op_check.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// y = x², with every part open to sabotage.
struct SquareByRule {
  static constexpr std::string_view name = "square";
  std::function<Tensor(const Tensor& x, const Tensor& dy)> rule{};
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    return input * input;
  }
  Tensors backward(const Tensor& dy) const { return {rule(x, dy)}; }
};

// y = x·b, which does not ask whether anyone wants db
struct Wasteful {
  static constexpr std::string_view name = "wasteful";
  Saved x{}, b{};
  Tensor forward(const Tensor& x_in, const Tensor& b_in) {
    x = x_in, b = b_in;
    return x_in * b_in;
  }
  Tensors backward(const Tensor& dy) const { return {dy * b, dy * x}; }
};

struct Joint : Wasteful {
  static constexpr bool joint_backward = true;
};

// y = x², keeping x where nobody sees that it is changed
struct Careless {
  static constexpr std::string_view name = "careless";
  Tensor x{};
  Tensor forward(const Tensor& input) {
    x = input.detach();
    return input * input;
  }
  Tensors backward(const Tensor& dy) const { return {dy * 2.0 * x}; }
};

// y = x², which reads memory as if it had no gaps
struct Packed {
  static constexpr std::string_view name = "packed";
  Saved x{};
  Tensor forward(const Tensor& input) {
    x = input;
    const Tensor y = empty_like(input);
    for (int64_t i = 0; i < y.numel(); ++i) {
      const double value = input.to(DType::float64).data<double>()[i];
      y.flatten().narrow(0, i, 1).fill_(value * value);
    }
    return y;
  }
  Tensors backward(const Tensor& dy) const { return {dy * 2.0 * x}; }
};

using Rule = std::function<Tensor(const Tensor& x, const Tensor& dy)>;

Sample sample_of(const TensorFunction& f, Tensors inputs = {normal({2, 3})}) {
  return {.name = "sample", .inputs = std::move(inputs), .function = f};
}

Sample square_with(const Rule& rule) {
  return sample_of([rule](const Tensors& x) { return apply(SquareByRule{rule}, x[0]); });
}

Rule right() {
  return [](const Tensor& x, const Tensor& dy) { return dy * 2.0 * x; };
}

std::vector<std::string> broken_by(const Sample& sample) {
  std::vector<std::string> names;
  for (const BrokenPromise& broken : check_sample("square", sample).broken)
    names.emplace_back(broken.name);
  return names;
}

bool breaks(const Sample& sample, const std::string& promise) {
  const auto names = broken_by(sample);
  return std::find(names.begin(), names.end(), promise) != names.end();
}

}  // namespace

TEST_CASE("an operation that is right keeps all promises") {
  const SampleReport report = check_sample("square", square_with(right()));
  CHECK(report.passed());
  CHECK(report.first.compared == 36);
  CHECK(report.second.compared == 6 * 12);  // the gradient, by inputs and cotangent
}

TEST_CASE("a backward that is another each time is found out") {
  const auto calls = std::make_shared<int>(0);
  CHECK(breaks(square_with([calls](const Tensor& x, const Tensor& dy) {
                 return dy * (2.0 + 1e-15 * ++*calls) * x;
               }),
               "backward twice is bit-equal"));
}

TEST_CASE("a gradient that does not come from the cotangent is found out") {
  CHECK(breaks(square_with([](const Tensor& x, const Tensor& dy) { return dy * 2.0 * x + 1e-30; }),
               "a zero cotangent gives zero"));
}

TEST_CASE("an operation that mistakes one tensor in two places for another is found out") {
  const auto f = [](const Tensors& x) {
    return x[0].is_same(x[1]) ? apply(SquareByRule{right()}, x[0]).detach() + x[0] * x[0].detach()
                              : x[0] * x[1];
  };
  CHECK(breaks(sample_of(f, {normal({2, 3}), normal({2, 3}, 1)}),
               "one tensor as two inputs gets both gradients"));
}

TEST_CASE("an operation that keeps state between two uses is found out") {
  const auto calls = std::make_shared<int>(0);
  const auto f = [calls](const Tensors& x) {
    return apply(SquareByRule{right()}, x[0]) * (++*calls % 2 ? 1.0 : 2.0);
  };
  CHECK(breaks(sample_of(f), "two paths to an input add up"));
}

TEST_CASE("an operation that takes memory for packed is found out") {
  const auto f = [](const Tensors& x) { return apply(Packed{}, x[0]); };
  CHECK(broken_by(sample_of(f)).size() >= 2);
  CHECK(breaks(sample_of(f), "inputs may lie in memory in any way"));
  CHECK(breaks(sample_of(f), "inputs may be expanded"));
}

TEST_CASE("a backward that takes its cotangent for packed is found out") {
  CHECK(breaks(square_with([](const Tensor& x, const Tensor& dy) {
                 if (grad_enabled() || dy.is_contiguous()) return dy * 2.0 * x;
                 return dy.alias(dy.shape(), x.contiguous().strides(), 0) * 2.0 * x;
               }),
               "cotangents may lie in memory in any way"));
}

TEST_CASE("a gradient that float32 cannot hold is found out") {
  CHECK(breaks(square_with([](const Tensor& x, const Tensor& dy) {
                 const double huge = x.dtype() == DType::float32 ? 1.001 : 1;
                 return dy * 2.0 * x * huge;
               }),
               "float32 agrees with float64"));
}

TEST_CASE("an operation that does not notice changes in place is found out") {
  const auto f = [](const Tensors& x) { return apply(Careless{}, x[0]); };
  CHECK(broken_by(sample_of(f)) ==
        std::vector<std::string>{"a change in place after saving is noticed"});
}

TEST_CASE("a gradient that nobody asked for is found out, unless it comes at no cost") {
  const Tensors inputs{normal({2, 3}), normal({2, 3}, 1)};
  const auto f = [](const Tensors& x) { return apply(Wasteful{}, x[0], x[1]); };
  CHECK(broken_by(sample_of(f, inputs)) ==
        std::vector<std::string>{"an input that needs no gradient costs none"});
  const auto joint = [](const Tensors& x) { return apply(Joint{}, x[0], x[1]); };
  CHECK(check_sample("joint", sample_of(joint, inputs)).passed());
}

TEST_CASE("a function that changes its inputs is found out") {
  const auto f = [](const Tensors& x) {
    if (!x[0].requires_grad()) x[0].detach().add_(full({}, 1, x[0].dtype()));
    return apply(SquareByRule{right()}, x[0]);
  };
  CHECK(breaks(sample_of(f), "nothing is recorded for nobody"));
}

TEST_CASE("an error that an operation throws is a broken promise, not the end of the check") {
  const auto f = [](const Tensors& x) {
    require<ShapeError>(x[0].is_contiguous(), "square: not contiguous");
    return apply(SquareByRule{right()}, x[0]);
  };
  const SampleReport report = check_sample("square", sample_of(f));
  REQUIRE_FALSE(report.broken.empty());
  CHECK_THAT(report.broken[0].failure, ContainsSubstring("it threw: square: not contiguous"));
}
