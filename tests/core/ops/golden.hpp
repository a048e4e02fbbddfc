// Results and gradients of operations against PyTorch's, which scripts in tests/golden wrote:
// CASE.in0, ... are the inputs, CASE.dy the cotangent, CASE.out the result, CASE.d0, ... the
// gradients.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/io/safetensors.hpp"
#include "tests/core/support.hpp"

namespace gradus::test {

using GoldenCases = std::map<std::string, std::function<Tensor(const Tensors&)>>;

inline TensorMap load_golden(const std::string& file) {
  return load_safetensors(GRADUS_SOURCE_DIR "/tests/golden/" + file);
}

// The largest |ours − theirs| of a case's result and gradients, relative where |theirs| > 1.
inline double golden_error(const TensorMap& golden, const std::string& name,
                           const std::function<Tensor(const Tensors&)>& function, DType dtype) {
  Tensors inputs;
  for (int i = 0; golden.contains(fmt::format("{}.in{}", name, i)); ++i) {
    inputs.push_back(golden.at(fmt::format("{}.in{}", name, i)).to(dtype).clone());
    inputs.back().requires_grad_();
  }
  const Tensor out = function(inputs);
  Tensors ours = grad({out}, inputs, {golden.at(name + ".dy").to(dtype)});
  ours.push_back(out);
  double largest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const bool is_out = i + 1 == ours.size();
    const Tensor theirs = golden.at(is_out ? name + ".out" : fmt::format("{}.d{}", name, i));
    double scale = 1;
    for (const double value : values(theirs)) scale = std::max(scale, std::abs(value));
    largest = std::max(largest, largest_difference(ours[i], theirs) / scale);
  }
  return largest;
}

}  // namespace gradus::test
