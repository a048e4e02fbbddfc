// The changes in place that Tensor declares. They bump the version, by which a backward notices
// that what it saved is gone.
#include "core/autograd/grad_mode.hpp"
#include "core/tensor/creation.hpp"
#include "core/tensor/loop.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

void check_writable(std::string_view op, const Tensor& x) {
  require<GradError>(!grad_enabled() || !x.requires_grad(),
                     "{}: a tensor that requires a gradient cannot be changed in place while "
                     "operations are recorded; use NoGrad, or the form that returns a new tensor",
                     op);
  for (size_t d = 0; d < x.shape().size(); ++d) {
    require<ShapeError>(x.strides()[d] != 0 || x.shape()[d] <= 1,
                        "{}: the elements of shape {} with strides {} share memory; clone() first",
                        op, to_string(x.shape()), to_string(x.strides()));
  }
}

void check_source(std::string_view op, const Tensor& source, const Tensor& to) {
  require<GradError>(!grad_enabled() || !source.requires_grad(),
                     "{}: the gradient of the source would be lost; use NoGrad, or the form that "
                     "returns a new tensor",
                     op);
  require<ShapeError>(stretches_to(source.shape(), to.shape()),
                      "{}: shape {} does not broadcast to {}", op, to_string(source.shape()),
                      to_string(to.shape()));
}

// The source, or a copy of it if some of its memory would be overwritten before it is read.
Tensor unaffected(const Tensor& source, const Tensor& target) {
  const TensorImpl &from = *source.impl(), &to = *target.impl();
  if (from.storage != to.storage) return source;
  const bool is_target =
      from.offset == to.offset && from.shape == to.shape && from.strides == to.strides;
  return is_target ? source : source.clone();
}

}  // namespace

Tensor& Tensor::fill_(double value) {
  check_writable("fill_", *this);
  dispatch(dtype(), [&]<class T>() { map<T>(*this, [=] { return static_cast<T>(value); }); });
  bump_version();
  return *this;
}

Tensor& Tensor::copy_(const Tensor& source) {
  check_writable("copy_", *this);
  check_source("copy_", source, *this);
  dispatch(dtype(), [&]<class To>() {
    dispatch(source.dtype(), [&]<class From>() {
      map<To, From>(
          *this, [](From value) { return static_cast<To>(value); }, unaffected(source, *this));
    });
  });
  bump_version();
  return *this;
}

Tensor& Tensor::add_(const Tensor& other, double alpha) {
  check_writable("add_", *this);
  check_source("add_", other, *this);
  require_same_dtype("add_", dtype(), other.dtype());
  dispatch_floating("add_", dtype(), [&]<class T>() {
    map<T, T, T>(
        *this, [a = static_cast<T>(alpha)](T x, T y) { return x + a * y; }, *this,
        unaffected(other, *this));
  });
  bump_version();
  return *this;
}

Tensor& Tensor::mul_(double factor) {
  check_writable("mul_", *this);
  dispatch_floating("mul_", dtype(), [&]<class T>() {
    map<T, T>(
        *this, [a = static_cast<T>(factor)](T x) { return a * x; }, *this);
  });
  bump_version();
  return *this;
}

}  // namespace gradus
