// How layers fill their parameters at construction.
#pragma once

#include "core/tensor/tensor.hpp"

namespace gradus::nn {

// Uniform in [−bound, bound), and normal with the given standard deviation, drawn from
// default_generator(). While a SkipInit is alive, the elements are left as they come.
Tensor uniform_init(const Shape& shape, double bound);
Tensor normal_init(const Shape& shape, double deviation);

// For a model whose parameters will be overwritten at once, as when it is loaded: drawing millions
// of random numbers would be most of the time. Applies to the calling thread.
class SkipInit {
 public:
  SkipInit();
  ~SkipInit();
  SkipInit(const SkipInit&) = delete;
  SkipInit& operator=(const SkipInit&) = delete;

 private:
  bool previous_;
};

}  // namespace gradus::nn
