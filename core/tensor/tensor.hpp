// Tensor: a cheap handle to (storage, dtype, shape, strides, offset, autograd metadata). Copies of a
// handle are the same tensor; views are other tensors over the same storage. Names and semantics
// follow PyTorch: a trailing _ marks what changes the tensor in place. A default-constructed tensor
// is undefined: it stands for "none"; reading it throws GradError.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "core/tensor/dtype.hpp"
#include "core/tensor/shape.hpp"
#include "core/tensor/storage.hpp"

namespace gradus {

class HookHandle;
class Node;
class Tensor;
struct TensorImpl;
using Tensors = std::vector<Tensor>;

class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(std::shared_ptr<TensorImpl> impl) : impl_(std::move(impl)) {}

  // What it is.
  bool defined() const { return impl_ != nullptr; }
  DType dtype() const;
  const Shape& shape() const;
  const Shape& strides() const;     // in elements; 0 where an expanded dimension repeats
  int64_t dim() const;              // number of dimensions
  int64_t size(int64_t dim) const;  // of one dimension; negative counts from the end
  int64_t numel() const;
  bool is_contiguous() const;  // row-major without gaps
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  // Its elements. data() is the address of element [0, ..., 0]; neighbours are strides() apart.
  // Writing through it is not seen by autograd: call bump_version() after. Throws DTypeError.
  template <Element T>
  T* data() const;
  template <Element T>
  T item() const;  // the only element; ShapeError if not one
  template <Element T>
  std::vector<T> to_vector() const;  // all, row by row

  // Views and copies (core/ops/shape.hpp). A view shares memory with this tensor.
  Tensor view(const Shape& shape) const;     // one size may be -1; error if it must copy
  Tensor reshape(const Shape& shape) const;  // a view if possible, a copy otherwise
  Tensor permute(const std::vector<int64_t>& dims) const;
  Tensor transpose(int64_t dim0, int64_t dim1) const;
  Tensor expand(const Shape& shape) const;  // stretches sizes of 1, by stride 0
  Tensor squeeze(int64_t dim) const;
  Tensor unsqueeze(int64_t dim) const;
  Tensor flatten(int64_t first = 0, int64_t last = -1) const;
  Tensor narrow(int64_t dim, int64_t start, int64_t length) const;
  Tensor select(int64_t dim, int64_t index) const;
  Tensor contiguous() const;  // itself if it is, a copy otherwise
  Tensor clone() const;
  Tensor to(DType dtype) const;

  // Arithmetic (core/ops/elementwise.hpp, reduce.hpp, matmul.hpp); operands broadcast.
  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor tanh() const;
  Tensor pow(double exponent) const;
  Tensor masked_fill(const Tensor& mask, double value) const;
  Tensor sum() const;
  Tensor sum(const Dims& dims, bool keepdim = false) const;
  Tensor mean() const;
  Tensor mean(const Dims& dims, bool keepdim = false) const;
  Tensor argmax(int64_t dim) const;  // [..] int64, without `dim`
  Tensor matmul(const Tensor& other) const;
  Tensor index_select(int64_t dim, const Tensor& index) const;

  // Changes in place (core/ops/inplace.cpp); the other operand broadcasts. Autograd records them, and
  // sees them through views (core/autograd/views.hpp). Of a leaf that requires a gradient and its
  // views they throw GradError outside NoGrad.
  Tensor& fill_(double value);
  Tensor& zero_() { return fill_(0); }
  Tensor& masked_fill_(const Tensor& mask, double value);
  Tensor& copy_(const Tensor& source);                  // converts the dtype
  Tensor& add_(const Tensor& other, double alpha = 1);  // this += alpha·other
  Tensor& sub_(const Tensor& other, double alpha = 1);  // this −= alpha·other
  Tensor& mul_(const Tensor& other);
  Tensor& div_(const Tensor& other);
  Tensor& add_(double value);
  Tensor& sub_(double value);
  Tensor& mul_(double factor);
  Tensor& div_(double divisor);

  // Autograd.
  bool requires_grad() const;
  Tensor& requires_grad_(bool required = true);  // leaves of a floating dtype only
  bool is_leaf() const;                          // not the result of a recorded operation
  const std::shared_ptr<Node>& grad_fn() const;  // the operation that made it, or null
  Tensor grad() const;                           // undefined until backward() reached it
  void set_grad(Tensor grad);                    // undefined resets it
  // d(this)/d(leaf) is added to grad() of every leaf below. `gradient` is the cotangent, and may be
  // left out for one element.
  void backward(const Tensor& gradient = {}, bool retain_graph = false,
                bool create_graph = false) const;
  Tensor detach() const;               // a view that belongs to no graph
  void set_data(const Tensor& other);  // a leaf takes over the memory and dtype of another tensor
  // Calls `hook` with d(this) whenever a backward has summed it; see core/autograd/hooks.hpp.
  HookHandle register_hook(std::function<Tensor(const Tensor&)> hook) const;
  const Tensor& retain_grad() const;  // has backward() set grad() though this is not a leaf

  // Versions and raw views, for those who write operations.
  uint64_t version() const;
  void bump_version() const;
  Tensor alias(Shape shape, Shape strides, int64_t offset) const;  // offset from this one's start
  TensorImpl* impl() const { return impl_.get(); }
  const std::shared_ptr<TensorImpl>& shared_impl() const { return impl_; }

 private:
  TensorImpl& known() const;            // throws GradError if undefined
  void* address(DType expected) const;  // of element [0, ..., 0]

  std::shared_ptr<TensorImpl> impl_;
};

template <Element T>
T* Tensor::data() const {
  return static_cast<T*>(address(kDTypeOf<T>));
}

// "Tensor(float32, [2, 3])", for error messages.
std::string describe(const Tensor& tensor);

}  // namespace gradus
