// What all bindings share: how arguments cross the border, and who holds Python's lock (the GIL).
// Whatever computes releases it; whatever touches a Python object from inside of that takes it back.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "core/core.hpp"

namespace gradus::python {

namespace nb = nanobind;
using namespace nb::literals;

using TensorClass = nb::class_<Tensor>;
using NoGil = nb::call_guard<nb::gil_scoped_release>;

// None stands for the undefined tensor.
using MaybeTensor = std::optional<Tensor>;
inline Tensor or_undefined(const MaybeTensor& tensor) { return tensor.value_or(Tensor()); }
inline MaybeTensor or_none(Tensor tensor) {
  return tensor.defined() ? MaybeTensor(std::move(tensor)) : std::nullopt;
}

// One tensor or several.
using OneOrMore = std::variant<Tensor, Tensors>;
inline Tensors list_of(const OneOrMore& tensors) {
  if (const Tensor* one = std::get_if<Tensor>(&tensors)) return {*one};
  return std::get<Tensors>(tensors);
}
inline Tensors list_of(const std::optional<OneOrMore>& tensors) {
  return tensors ? list_of(*tensors) : Tensors();
}

// Throws KeyboardInterrupt if Ctrl-C was pressed. Needs the GIL.
inline void check_signals() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

// A signature for the stubs, in which Tensor becomes its full name, gradus._gradus.core.Tensor.
std::string typed(std::string_view signature);

// A Python object that C++ owns and may drop on any thread, with or without the GIL.
using Kept = std::shared_ptr<nb::object>;
Kept keep(nb::object object);

// function(arguments...) from C++ that does not hold the GIL.
template <class Result, class... Arguments>
Result call(const Kept& function, const Arguments&... arguments) {
  const nb::gil_scoped_acquire gil;
  check_signals();
  return nb::cast<Result>((*function)(arguments...));
}

// Defines operations both as functions of a module and as methods of Tensor, whose first argument is
// the tensor itself: gradus.exp(x) and x.exp().
class Operations {
 public:
  Operations(nb::module_& m, TensorClass& tensor) : module_(m), tensor_(tensor) {}

  template <class F, class... Extra>
  Operations& def(const char* name, F f, const Extra&... extra) {
    tensor_.def(name, f, extra..., NoGil());
    return function(name, f, "input"_a, extra...);
  }

  // As a function alone.
  template <class F, class... Extra>
  Operations& function(const char* name, F f, const Extra&... extra) {
    module_.def(name, f, extra..., NoGil());
    return *this;
  }

 private:
  nb::module_& module_;
  TensorClass& tensor_;
};

// A context manager that keeps a T alive between __enter__ and __exit__; may be entered again inside.
template <class T>
struct Scope {
  Scope() = default;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  std::vector<std::unique_ptr<T>> open;
};

template <class T>
void bind_scope(nb::module_& m, const char* name, const char* text) {
  using S = Scope<T>;
  nb::class_<S>(m, name, text)
      .def(nb::init<>())
      .def(
          "__enter__",
          [](S& scope) -> S& {
            scope.open.push_back(std::make_unique<T>());
            return scope;
          },
          nb::rv_policy::none)
      .def(
          "__exit__",
          [](S& scope, nb::args) {
            require<ValueError>(!scope.open.empty(), "__exit__ without __enter__");
            scope.open.pop_back();
          },
          nb::sig("def __exit__(self, *exception: object) -> None"));
}

}  // namespace gradus::python

namespace nanobind::detail {

// dim: an int, several, or None for all.
template <>
struct type_caster<gradus::Dims> {
  NB_TYPE_CASTER(gradus::Dims, const_name("int | collections.abc.Sequence[int]"))

  bool from_python(handle source, uint32_t flags, cleanup_list* cleanup) noexcept {
    if (source.is_none()) return true;
    make_caster<int64_t> one;
    if (one.from_python(source, flags, cleanup)) {
      value.named = {one.value};
      return true;
    }
    make_caster<std::vector<int64_t>> several;
    if (!several.from_python(source, flags, cleanup)) return false;
    value.named = std::move(several.value);
    return true;
  }
};

// A number for each of two directions, or one for both.
template <>
struct type_caster<gradus::Pair> {
  static constexpr auto Name = const_name("int | tuple[int, int]");
  using Value = gradus::Pair;
  template <typename T>
  using Cast = movable_cast_t<T>;
  template <typename T>
  static constexpr bool can_cast() {
    return true;
  }
  explicit operator Value*() { return &value; }
  explicit operator Value&() { return value; }
  explicit operator Value&&() { return static_cast<Value&&>(value); }
  Value value{1};

  bool from_python(handle source, uint32_t flags, cleanup_list* cleanup) noexcept {
    make_caster<int64_t> one;
    if (one.from_python(source, flags, cleanup)) {
      value = one.value;
      return true;
    }
    make_caster<std::pair<int64_t, int64_t>> two;
    if (!two.from_python(source, flags, cleanup)) return false;
    const auto [height, width] = std::pair<int64_t, int64_t>(two);
    value = {height, width};
    return true;
  }
};

}  // namespace nanobind::detail
