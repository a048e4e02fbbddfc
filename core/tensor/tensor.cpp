#include "core/tensor/tensor.hpp"

#include "core/autograd/engine.hpp"
#include "core/autograd/node.hpp"
#include "core/autograd/views.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {

TensorImpl& Tensor::known() const {
  require<GradError>(defined(),
                     "the tensor is undefined; grad() is, until a backward() has reached it");
  return *impl_;
}

DType Tensor::dtype() const { return known().dtype; }
const Shape& Tensor::shape() const { return known().shape; }
const Shape& Tensor::strides() const { return known().strides; }
int64_t Tensor::dim() const { return static_cast<int64_t>(known().shape.size()); }
int64_t Tensor::numel() const { return known().numel; }

int64_t Tensor::size(int64_t dim) const {
  return shape()[static_cast<size_t>(normalize_dim("size", dim, this->dim()))];
}

bool Tensor::is_contiguous() const {
  int64_t expected = 1;
  for (size_t i = shape().size(); i-- > 0;) {
    if (shape()[i] == 1) continue;  // its stride is never used
    if (strides()[i] != expected) return numel() == 0;
    expected *= shape()[i];
  }
  return true;
}

void* Tensor::address(DType expected) const {
  require<DTypeError>(dtype() == expected, "data: the tensor holds {}, not {}", name_of(dtype()),
                      name_of(expected));
  if (!known().storage->data()) return nullptr;
  return static_cast<std::byte*>(known().storage->data()) +
         static_cast<size_t>(known().offset) * size_of(dtype());
}

template <Element T>
T Tensor::item() const {
  require<ShapeError>(numel() == 1, "item: needs one element, got shape {}", shape());
  return *data<T>();
}

template <Element T>
std::vector<T> Tensor::to_vector() const {
  const Tensor source = detach().contiguous();
  const T* first = source.data<T>();
  return std::vector<T>(first, first + source.numel());
}

template float Tensor::item() const;
template double Tensor::item() const;
template int64_t Tensor::item() const;
template bool Tensor::item() const;
template std::vector<float> Tensor::to_vector() const;
template std::vector<double> Tensor::to_vector() const;
template std::vector<int64_t> Tensor::to_vector() const;
template std::vector<bool> Tensor::to_vector() const;

Tensor Tensor::alias(Shape shape, Shape strides, int64_t offset) const {
  const int64_t count = gradus::numel(shape);
  return Tensor(std::make_shared<TensorImpl>(TensorImpl{
      .storage = known().storage,
      .dtype = known().dtype,
      .shape = std::move(shape),
      .strides = std::move(strides),
      .offset = known().offset + offset,
      .numel = count,
      .autograd = {},
  }));
}

Tensor Tensor::detach() const { return alias(shape(), strides(), 0); }

void Tensor::set_data(const Tensor& other) {
  require<GradError>(is_leaf(), "set_data: this tensor is the result of '{}', not a leaf",
                     is_leaf() ? "" : grad_fn()->name());
  const bool required = requires_grad();
  *impl_ = other.known();
  impl_->autograd = {};  // a gradient went with the old values
  impl_->autograd.requires_grad = required;
}

uint64_t Tensor::version() const { return known().storage->version(); }
void Tensor::bump_version() const { known().storage->bump_version(); }

bool Tensor::requires_grad() const {
  return defined() && (known().autograd.requires_grad || grad_fn());
}

Tensor& Tensor::requires_grad_(bool required) {
  require<GradError>(is_leaf(),
                     "requires_grad_: this tensor is the result of '{}'; only leaves can "
                     "be asked for a gradient",
                     is_leaf() ? "" : grad_fn()->name());
  require<DTypeError>(!required || is_floating(dtype()),
                      "requires_grad_: only float32 and float64 have gradients, got {}",
                      name_of(dtype()));
  known().autograd.requires_grad = required;
  known().autograd.base = {};  // a leaf stands at the bottom of its graph
  return *this;
}

bool Tensor::is_leaf() const { return !grad_fn(); }
const std::shared_ptr<Node>& Tensor::grad_fn() const {
  known();
  return current_history(*this).grad_fn;
}
Tensor Tensor::grad() const { return known().autograd.grad; }

void Tensor::set_grad(Tensor grad) {
  if (grad.defined()) {
    require<ShapeError>(grad.shape() == shape(),
                        "set_grad: the tensor has shape {}, the gradient {}", shape(),
                        grad.shape());
    require<DTypeError>(grad.dtype() == dtype(), "set_grad: the tensor holds {}, the gradient {}",
                        name_of(dtype()), name_of(grad.dtype()));
  }
  known().autograd.grad = std::move(grad);
}

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph) const {
  gradus::backward({*this}, {gradient},
                   {.retain_graph = retain_graph || create_graph, .create_graph = create_graph});
}

std::string describe(const Tensor& tensor) {
  if (!tensor.defined()) return "Tensor(undefined)";
  return fmt::format("Tensor({}, {})", name_of(tensor.dtype()), to_string(tensor.shape()));
}

}  // namespace gradus
