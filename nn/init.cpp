#include "nn/init.hpp"

#include "core/autograd/grad_mode.hpp"
#include "core/ops/elementwise.hpp"
#include "core/tensor/creation.hpp"

namespace gradus::nn {
namespace {
thread_local bool skipped_here = false;
}

Tensor uniform_init(const Shape& shape, double bound) {
  if (skipped_here) return empty(shape);
  const NoGrad no_grad;
  return (rand(shape, default_generator().next()) * 2 - 1) * bound;
}

Tensor normal_init(const Shape& shape, double deviation) {
  if (skipped_here) return empty(shape);
  const NoGrad no_grad;
  return randn(shape, default_generator().next()) * deviation;
}

SkipInit::SkipInit() : previous_(skipped_here) { skipped_here = true; }
SkipInit::~SkipInit() { skipped_here = previous_; }

}  // namespace gradus::nn
