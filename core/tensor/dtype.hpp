// Element types: float32 trains, float64 checks gradients, int64 indexes, boolean masks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"

namespace gradus {

enum class DType : uint8_t { float32, float64, int64, boolean };

constexpr std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::int64:
      return "int64";
    case DType::boolean:
      return "bool";
  }
  return "invalid";
}

// Bytes of one element.
constexpr size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return sizeof(float);
    case DType::float64:
      return sizeof(double);
    case DType::int64:
      return sizeof(int64_t);
    case DType::boolean:
      return sizeof(bool);
  }
  return 0;
}

constexpr bool is_floating(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float64;
}

template <class T>
inline constexpr bool kIsElement = false;
template <>
inline constexpr bool kIsElement<float> = true;
template <>
inline constexpr bool kIsElement<double> = true;
template <>
inline constexpr bool kIsElement<int64_t> = true;
template <>
inline constexpr bool kIsElement<bool> = true;

// A C++ type that a tensor can hold.
template <class T>
concept Element = kIsElement<T>;

template <Element T>
inline constexpr DType kDTypeOf = DType::float32;
template <>
inline constexpr DType kDTypeOf<double> = DType::float64;
template <>
inline constexpr DType kDTypeOf<int64_t> = DType::int64;
template <>
inline constexpr DType kDTypeOf<bool> = DType::boolean;

// Calls f.operator()<T>() with the C++ type of `dtype`:
//   dispatch(x.dtype(), [&]<class T>() { fill(x.data<T>(), T{1}); });
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f.template operator()<float>();
    case DType::float64:
      return f.template operator()<double>();
    case DType::int64:
      return f.template operator()<int64_t>();
    case DType::boolean:
      break;
  }
  return f.template operator()<bool>();
}

// The same for the floating types alone; `op` names the caller in the DTypeError of the others.
template <class F>
decltype(auto) dispatch_floating(std::string_view op, DType dtype, F&& f) {
  if (dtype == DType::float32) return f.template operator()<float>();
  require<DTypeError>(dtype == DType::float64, "{}: expected float32 or float64, got {}", op,
                      name_of(dtype));
  return f.template operator()<double>();
}

// Throws DTypeError that names `op` unless both operands hold the same.
inline void require_same_dtype(std::string_view op, DType a, DType b) {
  require<DTypeError>(a == b, "{}: dtypes differ: {} and {}; convert one with to()", op, name_of(a),
                      name_of(b));
}

}  // namespace gradus
