// Elements in another order, or several times.
#pragma once

#include "core/autograd/samples.hpp"
#include "core/tensor/tensor.hpp"

namespace gradus {

Tensor flip(const Tensor& x, const std::vector<int64_t>& dims);  // last element first, in each

// Element i of dimension dims[k] goes to place i + shifts[k], and round the end to the beginning.
Tensor roll(const Tensor& x, const std::vector<int64_t>& shifts, const std::vector<int64_t>& dims);

// x, repeats[d] times along dimension d; more repeats than dimensions add dimensions before.
Tensor repeat(const Tensor& x, const std::vector<int64_t>& repeats);

OpInfos rearrange_ops();

}  // namespace gradus
