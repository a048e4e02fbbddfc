#include <fmt/ranges.h>

#include "core/core.hpp"

int main() {
  auto x = gradus::tensor({1, 2, 3}).requires_grad_();
  x.pow(2).sum().backward();
  fmt::print("dx = {}\n", x.grad().to_vector<float>());  // dx = [2, 4, 6]
}
