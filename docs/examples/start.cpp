// Chapter 1: a first gradient.
#include "core/core.hpp"
#include "docs/examples/numbers.hpp"

namespace {

// #region first-gradient
std::vector<float> gradient_of_squares() {
  const gradus::Tensor x = gradus::tensor({1, 2, 3}).requires_grad_();
  x.pow(2).sum().backward();
  return x.grad().to_vector<float>();
}
// #endregion first-gradient

std::vector<float> gradient_of_cubes() {
  const gradus::Tensor x = gradus::tensor({1, 2, 3}).requires_grad_();
  x.pow(3).sum().backward();
  return x.grad().to_vector<float>();
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;
  const std::vector<float> squares = gradient_of_squares(), cubes = gradient_of_cubes();
  numbers.add("dx", std::vector<double>(squares.begin(), squares.end()));
  numbers.add("exercise", std::vector<double>(cubes.begin(), cubes.end()));
  return numbers.finish(argc, argv);
}
