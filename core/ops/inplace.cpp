// The changes in place that Tensor declares. They bump the version, by which a backward notices
// that what it saved is gone. While operations are recorded, a change is recorded as the operation
// that returns a new tensor would be, and the tensor takes its elements and its place in the graph.
#include "core/ops/inplace.hpp"

#include <algorithm>
#include <functional>

#include "core/autograd/grad_mode.hpp"
#include "core/autograd/views.hpp"
#include "core/ops/compare.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/shape.hpp"
#include "core/tensor/creation.hpp"
#include "core/tensor/loop.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

void check_writable(std::string_view op, const Tensor& x) {
  for (size_t d = 0; d < x.shape().size(); ++d) {
    require<ShapeError>(x.strides()[d] != 0 || x.shape()[d] <= 1,
                        "{}: the elements of shape {} with strides {} share memory; clone() first",
                        op, x.shape(), x.strides());
  }
}

void check_source(std::string_view op, const Tensor& source, const Tensor& to) {
  require<ShapeError>(stretches_to(source.shape(), to.shape()),
                      "{}: shape {} does not broadcast to {}", op, source.shape(), to.shape());
}

// Whether the change of x must be recorded; throws GradError if that is not possible.
bool is_recorded(std::string_view op, const Tensor& x, const Tensors& sources = {}) {
  const bool wanted =
      grad_enabled() &&
      (x.requires_grad() || std::any_of(sources.begin(), sources.end(),
                                        [](const Tensor& s) { return s.requires_grad(); }));
  if (wanted) check_rewritable(op, x);
  return wanted;
}

// The source, or a copy of it if some of its memory would be overwritten before it is read.
Tensor unaffected(const Tensor& source, const Tensor& target) {
  const TensorImpl &from = *source.impl(), &to = *target.impl();
  if (from.storage != to.storage) return source;
  const bool is_target =
      from.offset == to.offset && from.shape == to.shape && from.strides == to.strides;
  return is_target ? source : source.clone();
}

// x, for an operation that saves it for the gradient of its other operand: that must not be what is
// about to be overwritten.
Tensor operand(const Tensor& x, const Tensor& other) {
  return other.requires_grad() ? clone(x) : x;
}

// x_i ← f(x_i, source_i), or the tensor that `recorded` returns
template <class F, class Recorded>
void update(std::string_view op, const Tensor& x, const Tensor& source, F f, Recorded recorded) {
  check_writable(op, x);
  check_source(op, source, x);
  require_same_dtype(op, x.dtype(), source.dtype());
  if (is_recorded(op, x, {source})) {
    rewrite(x, recorded());
    return;
  }
  dispatch_floating(op, x.dtype(),
                    [&]<class T>() { map<T, T, T>(x, f, x, unaffected(source, x)); });
  x.bump_version();
}

// x_i ← f(x_i), or the tensor that `recorded` returns
template <class F, class Recorded>
void update(std::string_view op, const Tensor& x, F f, Recorded recorded) {
  check_writable(op, x);
  if (is_recorded(op, x)) {
    rewrite(x, recorded());
    return;
  }
  dispatch_floating(op, x.dtype(), [&]<class T>() { map<T, T>(x, f, x); });
  x.bump_version();
}

void add_scaled(std::string_view op, const Tensor& x, const Tensor& other, double alpha) {
  const auto f = [alpha](auto a, auto b) { return a + static_cast<decltype(a)>(alpha) * b; };
  update(op, x, other, f, [&] { return x + (alpha == 1 ? other : other * alpha); });
}

void add_number(std::string_view op, const Tensor& x, double value) {
  const auto f = [value](auto a) { return a + static_cast<decltype(a)>(value); };
  update(op, x, f, [&] { return x + value; });
}

Tensor everywhere() { return full({}, 1, DType::boolean); }

}  // namespace

Tensor& Tensor::fill_(double value) {
  check_writable("fill_", *this);
  if (is_recorded("fill_", *this)) {
    rewrite(*this, gradus::masked_fill(*this, everywhere(), value));
    return *this;
  }
  dispatch(dtype(), [&]<class T>() { map<T>(*this, [=] { return static_cast<T>(value); }); });
  bump_version();
  return *this;
}

Tensor& Tensor::masked_fill_(const Tensor& mask, double value) {
  check_writable("masked_fill_", *this);
  check_source("masked_fill_", mask, *this);
  require_same_dtype("masked_fill_", mask.dtype(), DType::boolean);
  if (is_recorded("masked_fill_", *this)) {
    rewrite(*this, gradus::masked_fill(*this, mask, value));
    return *this;
  }
  dispatch(dtype(), [&]<class T>() {
    const auto choose = [v = static_cast<T>(value)](T x, bool fill) { return fill ? v : x; };
    map<T, T, bool>(*this, choose, *this, unaffected(mask, *this));
  });
  bump_version();
  return *this;
}

Tensor& Tensor::copy_(const Tensor& source) {
  check_writable("copy_", *this);
  check_source("copy_", source, *this);
  if (is_recorded("copy_", *this, {source})) {
    rewrite(*this, where(everywhere(), gradus::to(source, dtype()), *this));
    return *this;
  }
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
  add_scaled("add_", *this, other, alpha);
  return *this;
}

Tensor& Tensor::sub_(const Tensor& other, double alpha) {
  add_scaled("sub_", *this, other, -alpha);
  return *this;
}

Tensor& Tensor::mul_(const Tensor& other) {
  const auto f = [](auto a, auto b) { return a * b; };
  update("mul_", *this, other, f, [&] { return operand(*this, other) * other; });
  return *this;
}

Tensor& Tensor::div_(const Tensor& other) {
  const auto f = [](auto a, auto b) { return a / b; };
  update("div_", *this, other, f, [&] { return operand(*this, other) / other; });
  return *this;
}

Tensor& Tensor::add_(double value) {
  add_number("add_", *this, value);
  return *this;
}

Tensor& Tensor::sub_(double value) {
  add_number("sub_", *this, -value);
  return *this;
}

Tensor& Tensor::mul_(double factor) {
  const auto f = [factor](auto a) { return a * static_cast<decltype(a)>(factor); };
  update("mul_", *this, f, [&] { return *this * factor; });
  return *this;
}

Tensor& Tensor::div_(double divisor) {
  const auto f = [divisor](auto a) { return a / static_cast<decltype(a)>(divisor); };
  update("div_", *this, f, [&] { return *this / divisor; });
  return *this;
}

namespace {

using Change = std::function<void(Tensor&, const Tensors&)>;

// What a change makes of a copy of the first input.
Sample changed(std::string name, Tensors inputs, const Change& change) {
  return {
      .name = std::move(name), .inputs = std::move(inputs), .function = [change](const Tensors& x) {
        Tensor y = x[0] * 1.0;
        change(y, x);
        return y;
      }};
}

Tensors one_input() { return {sample_uniform({3, 3}, 0.5, 2)}; }
Tensors two_inputs() { return {sample_uniform({3, 3}, 0.5, 2), sample_uniform({3}, 0.5, 2, 1)}; }

Samples add_samples() {
  return {changed("tensor", two_inputs(), [](Tensor& y, const Tensors& x) { y.add_(x[1], 0.5); }),
          changed("number", one_input(), [](Tensor& y, const Tensors&) { y.add_(3); }),
          changed("part", one_input(), [](Tensor& y, const Tensors& x) {
            y.narrow(1, 0, 2).add_(x[0].narrow(1, 1, 2));
          })};
}

Samples sub_samples() {
  return {changed("tensor", two_inputs(), [](Tensor& y, const Tensors& x) { y.sub_(x[1], 0.5); })};
}

Samples mul_samples() {
  return {changed("tensor", two_inputs(), [](Tensor& y, const Tensors& x) { y.mul_(x[1]); }),
          changed("number", one_input(), [](Tensor& y, const Tensors&) { y.mul_(3.0); })};
}

Samples div_samples() {
  return {changed("tensor", two_inputs(), [](Tensor& y, const Tensors& x) { y.div_(x[1]); })};
}

// A row is overwritten: no gradient flows to what it was.
Samples copy_samples() {
  return {changed("row", two_inputs(),
                  [](Tensor& y, const Tensors& x) { y.select(0, 1).copy_(x[1]); })};
}

Samples fill_samples() {
  return {changed("row", one_input(), [](Tensor& y, const Tensors&) { y.select(0, 1).fill_(2); })};
}

Samples zero_samples() {
  return {changed("row", one_input(), [](Tensor& y, const Tensors&) { y.select(0, 1).zero_(); })};
}

Samples masked_fill_in_place_samples() {
  return {changed("some", one_input(),
                  [](Tensor& y, const Tensors& x) { y.masked_fill_(gt(x[0].detach(), 1.2), 2); })};
}

}  // namespace

OpInfos inplace_ops() {
  return {OpInfo{"add_", add_samples},   OpInfo{"sub_", sub_samples},
          OpInfo{"mul_", mul_samples},   OpInfo{"div_", div_samples},
          OpInfo{"copy_", copy_samples}, OpInfo{"fill_", fill_samples},
          OpInfo{"zero_", zero_samples}, OpInfo{"masked_fill_", masked_fill_in_place_samples}};
}

}  // namespace gradus
