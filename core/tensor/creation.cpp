#include "core/tensor/creation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/kernels/parallel.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

constexpr int64_t kGrain = 1 << 14;  // elements a chunk of random numbers

template <class From>
Tensor from_values(std::span<const From> values, const Shape& shape, DType dtype) {
  const Tensor result = empty(shape, dtype);
  require<ShapeError>(static_cast<int64_t>(values.size()) == result.numel(),
                      "tensor: {} values for shape {}", values.size(), shape);
  dispatch(dtype, [&]<class T>() {
    std::transform(values.begin(), values.end(), result.data<T>(),
                   [](From value) { return static_cast<T>(value); });
  });
  return result;
}

// element i = draw(i)
template <class Draw>
Tensor random_tensor(const char* op, const Shape& shape, DType dtype, Draw draw) {
  const Tensor result = empty(shape, dtype);
  dispatch_floating(op, dtype, [&]<class T>() {
    T* out = result.data<T>();
    parallel_for(result.numel(), kGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) out[i] = static_cast<T>(draw(i));
    });
  });
  return result;
}

}  // namespace

Tensor empty(const Shape& shape, DType dtype) {
  const int64_t count = numel(shape);
  size_t bytes = 0;
  require<ShapeError>(!__builtin_mul_overflow(static_cast<size_t>(count), size_of(dtype), &bytes),
                      "shape {}: too many elements", shape);
  return Tensor(std::make_shared<TensorImpl>(TensorImpl{
      .storage = std::make_shared<Storage>(bytes),
      .dtype = dtype,
      .shape = shape,
      .strides = contiguous_strides(shape),
      .offset = 0,
      .numel = count,
      .autograd = {},
  }));
}

Tensor from_blob(void* data, const Shape& shape, const Shape& strides, DType dtype,
                 std::shared_ptr<void> owner) {
  require<ShapeError>(shape.size() == strides.size(), "from_blob: shape {} with strides {}", shape,
                      strides);
  require<ValueError>(owner != nullptr, "from_blob: the memory has no owner");
  require<ValueError>(reinterpret_cast<uintptr_t>(data) % size_of(dtype) == 0,
                      "from_blob: the memory is not aligned to the {} bytes of {}", size_of(dtype),
                      name_of(dtype));
  const int64_t count = numel(shape);
  int64_t last = 0;  // offset of the last element
  for (size_t d = 0; d < shape.size(); ++d) {
    require<ValueError>(strides[d] >= 0, "from_blob: negative strides, {}", strides);
    last += (shape[d] - 1) * strides[d];
  }
  const size_t bytes = count ? static_cast<size_t>(last + 1) * size_of(dtype) : 0;
  return Tensor(std::make_shared<TensorImpl>(TensorImpl{
      .storage = std::make_shared<Storage>(data, bytes, std::move(owner)),
      .dtype = dtype,
      .shape = shape,
      .strides = strides,
      .offset = 0,
      .numel = count,
      .autograd = {},
  }));
}

Tensor full(const Shape& shape, double value, DType dtype) {
  const Tensor result = empty(shape, dtype);
  dispatch(dtype, [&]<class T>() {
    std::fill_n(result.data<T>(), result.numel(), static_cast<T>(value));
  });
  return result;
}

Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Tensor empty_like(const Tensor& other) { return empty(other.shape(), other.dtype()); }
Tensor zeros_like(const Tensor& other) { return zeros(other.shape(), other.dtype()); }
Tensor ones_like(const Tensor& other) { return ones(other.shape(), other.dtype()); }
Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }

Tensor arange(int64_t end, DType dtype) {
  require<ValueError>(end >= 0, "arange: the end must not be negative, got {}", end);
  const Tensor result = empty({end}, dtype);
  dispatch(dtype, [&]<class T>() {
    for (int64_t i = 0; i < end; ++i) result.data<T>()[i] = static_cast<T>(i);
  });
  return result;
}

Tensor tensor(std::span<const double> values, const Shape& shape, DType dtype) {
  return from_values(values, shape, dtype);
}

Tensor tensor(std::initializer_list<double> values, DType dtype) {
  return from_values(std::span(values.begin(), values.size()),
                     {static_cast<int64_t>(values.size())}, dtype);
}

Tensor tensor(std::span<const int64_t> values, const Shape& shape) {
  return from_values(values, shape, DType::int64);
}

Tensor rand(const Shape& shape, RandomStream stream, DType dtype) {
  return random_tensor("rand", shape, dtype,
                       [=](int64_t i) { return uniform(stream, static_cast<uint64_t>(i)); });
}

// Box and Muller 1958:   √(−2 ln u₁) · cos(2π u₂),   u₁ in (0, 1]
Tensor randn(const Shape& shape, RandomStream stream, DType dtype) {
  return random_tensor("randn", shape, dtype, [=](int64_t i) {
    const double u1 = 1 - uniform(stream, 2 * static_cast<uint64_t>(i));
    const double u2 = uniform(stream, 2 * static_cast<uint64_t>(i) + 1);
    return std::sqrt(-2 * std::log(u1)) * std::cos(2 * std::numbers::pi * u2);
  });
}

}  // namespace gradus
