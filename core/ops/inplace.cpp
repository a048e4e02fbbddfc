// The changes in place that Tensor declares. They bump the version, by which a backward notices
// that what it saved is gone.
#include "core/autograd/grad_mode.hpp"
#include "core/tensor/creation.hpp"
#include "core/tensor/loop.hpp"

namespace gradus {
namespace {

void check_writable(std::string_view op, const Tensor& x) {
  require<GradError>(!grad_enabled() || !x.requires_grad(),
                     "{}: a tensor that requires a gradient cannot be changed in place while "
                     "operations are recorded; use NoGrad, or the form that returns a new tensor",
                     op);
}

void check_broadcasts(std::string_view op, const Tensor& source, const Tensor& to) {
  require<ShapeError>(broadcast_shapes(op, source.shape(), to.shape()) == to.shape(),
                      "{}: shape {} does not broadcast to {}", op, to_string(source.shape()),
                      to_string(to.shape()));
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
  check_broadcasts("copy_", source, *this);
  dispatch(dtype(), [&]<class To>() {
    dispatch(source.dtype(), [&]<class From>() {
      map<To, From>(
          *this, [](From value) { return static_cast<To>(value); }, source);
    });
  });
  bump_version();
  return *this;
}

Tensor& Tensor::add_(const Tensor& other, double alpha) {
  check_writable("add_", *this);
  check_broadcasts("add_", other, *this);
  dispatch_floating("add_", dtype(), [&]<class T>() {
    map<T, T, T>(
        *this, [a = static_cast<T>(alpha)](T x, T y) { return x + a * y; }, *this, other);
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
