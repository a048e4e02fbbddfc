// Everything that is checked of an operation on one of its samples: that its gradient is right, that
// the gradient's gradient is, and that it keeps the promises that backward makes.
#pragma once

#include <span>

#include "core/autograd/gradcheck.hpp"
#include "core/autograd/samples.hpp"

namespace gradus {

// A promise that every operation keeps.
struct Promise {
  std::string_view name;                 // "backward twice is bit-equal"
  std::string (*broken)(const Sample&);  // what is wrong; empty if it is kept
};
std::span<const Promise> promises();

struct BrokenPromise {
  std::string_view name;
  std::string failure;
};

struct SampleReport {
  std::string op, sample;
  GradcheckReport first, second;  // the gradient, and the gradient's gradient
  std::vector<BrokenPromise> broken;
  bool passed() const { return first.passed && second.passed && broken.empty(); }
};

// The tolerances under which a sample is checked.
GradcheckOptions tolerance_of(const Sample& sample);

SampleReport check_sample(std::string_view op, const Sample& sample);

}  // namespace gradus
