// How tensors come to be.
#pragma once

#include <span>

#include "core/random/philox.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor empty(const Shape& shape, DType dtype = DType::float32);  // not initialised
Tensor full(const Shape& shape, double value, DType dtype = DType::float32);
Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
Tensor empty_like(const Tensor& other);  // same shape and dtype, contiguous
Tensor zeros_like(const Tensor& other);
Tensor ones_like(const Tensor& other);

// [0, 1, ..., end − 1]
Tensor arange(int64_t end, DType dtype = DType::int64);

// The given values, row by row, converted to `dtype`. ShapeError if their number is not that of the
// shape; the one without a shape makes a vector.
Tensor tensor(std::span<const double> values, const Shape& shape, DType dtype = DType::float32);
Tensor tensor(std::initializer_list<double> values, DType dtype = DType::float32);
Tensor tensor(std::span<const int64_t> values, const Shape& shape);
Tensor scalar(double value, DType dtype = DType::float32);  // of shape []

// A view of memory that belongs to someone else and lasts as long as `owner`: nothing is copied, both
// see each other's changes. Strides in elements, not negative (torch::from_blob).
Tensor from_blob(void* data, const Shape& shape, const Shape& strides, DType dtype,
                 std::shared_ptr<void> owner);

// Uniform in [0, 1), and normal with mean 0 and variance 1. Element i depends on the stream alone.
Tensor rand(const Shape& shape, RandomStream stream, DType dtype = DType::float32);
Tensor randn(const Shape& shape, RandomStream stream, DType dtype = DType::float32);

}  // namespace gradus
