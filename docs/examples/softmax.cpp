// Chapter 4: softmax on numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/autograd/functional.hpp"
#include "core/autograd/gradcheck.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"

using namespace gradus;

namespace {

std::vector<double> values(const Tensor& x) {
  return to(x, DType::float64).contiguous().to_vector<double>();
}

// #region as-written
// The definition, as it is written.
Tensor softmax_as_written(const Tensor& x) {
  const Tensor e = exp(x);
  return e / sum(e, {-1}, true);
}
// #endregion as-written

Tensor jacobian_of_softmax(const Tensor& x) {
  return jacobian([](const Tensors& in) { return Tensors{softmax(in[0], -1)}; }, {x})[0][0];
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  const Tensor x = tensor({1, 2, 3});
  numbers.add("y", values(softmax(x, -1)));
  numbers.add("sum_of_exp", std::exp(1) + std::exp(2) + std::exp(3));

  // large inputs
  const Tensor large = tensor({1001, 1002, 1003});
  const std::vector<double> written = values(softmax_as_written(large)),
                            ours = values(softmax(large, -1));
  numbers.expect(
      std::all_of(written.begin(), written.end(), [](double v) { return std::isnan(v); }),
      "as written, it is NaN");
  for (size_t i = 0; i < 3; ++i) {
    numbers.expect(std::abs(ours[i] - values(softmax(x, -1))[i]) < 1e-7, "a shift changes nothing");
  }
  numbers.expect(std::isinf(std::exp(88.8F)) && !std::isinf(std::exp(88.7F)),
                 "exp overflows at 88.7");

  // the logarithm, in two steps and in one
  const Tensor far = tensor({0, 200});
  numbers.expect(std::isinf(values(log(softmax(far, -1)))[0]), "log of 0");
  numbers.add("log_softmax", values(log_softmax(far, -1)));

  // the Jacobian
  const Tensor x64 = to(x, DType::float64);
  numbers.add("jacobian", values(jacobian_of_softmax(x64).flatten()));
  for (const double row : values(sum(jacobian_of_softmax(x64), {1}))) {
    numbers.expect(std::abs(row) < 1e-12, "rows of the Jacobian sum to 0");
  }
  const Tensor dy = tensor({1, 0, 0}, DType::float64);
  const auto f = [](const Tensors& in) { return Tensors{softmax(in[0], -1)}; };
  numbers.add("dx", values(vjp(f, {x64}, {dy}).product[0]));

  // how sharp, and how much gradient is left, as the inputs are multiplied by t
  for (int i = 0; i <= 40; ++i) {
    const double t = 0.25 * i;
    const Tensor scaled = x64 * t;
    const std::vector<double> y = values(softmax(scaled, -1)),
                              j = values(jacobian_of_softmax(scaled).flatten());
    const std::string at = fmt::format(".{}", i);
    numbers.add("sharpness.t" + at, t);
    numbers.add("sharpness.y" + at, y);
    numbers.add("sharpness.gradient" + at, *std::max_element(j.begin(), j.end()));
  }

  const GradcheckReport report = gradcheck([](const Tensors& in) { return softmax(in[0], -1); },
                                           {sample_normal({3, 3})}, kStrict);
  numbers.expect(report.passed, "the gradient is right");
  numbers.add("compared", static_cast<double>(report.compared));

  // Exercise: the gradient of a sum of all y is 0, and a constant added to dy changes nothing.
  const Tensor some = tensor({0.3, -1.2, 0.5}, DType::float64);
  const std::vector<double> before = values(vjp(f, {x64}, {some}).product[0]);
  const std::vector<double> after = values(vjp(f, {x64}, {some + 10.0}).product[0]);
  double total = 0;
  for (size_t i = 0; i < 3; ++i) {
    total += before[i];
    numbers.expect(std::abs(before[i] - after[i]) < 1e-12, "a constant in dy changes nothing");
  }
  numbers.expect(std::abs(total) < 1e-12, "the elements of dx sum to 0");
  return numbers.finish(argc, argv);
}
