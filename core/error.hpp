// The exceptions that Gradus throws. Each message names the thing that is wrong and both sides of
// the comparison that failed, so that a person can act on it: "matmul: inner dimensions differ:
// [2, 3] × [4, 5]". Asserts are for internal invariants alone.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "core/tensor/shape.hpp"

namespace gradus {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ShapeError : Error {
  using Error::Error;
};  // sizes that do not fit together
struct DTypeError : Error {
  using Error::Error;
};  // an element type that is not accepted
struct IndexError : Error {
  using Error::Error;
};  // a dimension or an element out of range
struct GradError : Error {
  using Error::Error;
};  // misuse of autograd
struct FormatError : Error {
  using Error::Error;
};  // a file that is not what it claims to be
struct IoError : Error {
  using Error::Error;
};  // a file that cannot be read or written
struct ValueError : Error {
  using Error::Error;
};  // any other argument out of its range

// How an argument of require() stands in its message.
template <class T>
const T& in_message(const T& argument) {
  return argument;
}
inline std::string in_message(const Shape& shape) { return to_string(shape); }

template <class T>
using InMessage = decltype(in_message(std::declval<const T&>()));

// Throws E with the formatted message, unless `condition` holds.
//   require<ShapeError>(a == b, "add: {} and {} differ", a, b);
// Give a shape as it is: it becomes text only if it is wrong, as making text takes longer than many
// an operation.
template <class E, class... Args>
void require(bool condition, fmt::format_string<InMessage<Args>...> format, const Args&... args) {
  if (!condition) throw E(fmt::format(format, in_message(args)...));
}

}  // namespace gradus
