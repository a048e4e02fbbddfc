// Tensor itself: what it is, its elements, its memory in NumPy's hands, and how tensors come to be.
#include <nanobind/ndarray.h>

#include "core/tensor/tensor_impl.hpp"
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

nb::dlpack::dtype dlpack_dtype(DType dtype) {
  return dispatch(dtype, []<class T>() { return nb::dtype<T>(); });
}

DType from_dlpack(nb::dlpack::dtype dtype) {
  for (const DType ours : {DType::float32, DType::float64, DType::int64, DType::boolean}) {
    if (dtype == dlpack_dtype(ours)) return ours;
  }
  throw DTypeError("from_numpy: the elements must be float32, float64, int64 or bool");
}

// The tensor's memory, which the array keeps alive.
template <class... Framework>
nb::ndarray<Framework...> share(std::string_view caller, const Tensor& x) {
  require<GradError>(!x.requires_grad(),
                     "{}: the tensor requires a gradient, which would not see the changes; use "
                     "detach() first",
                     caller);
  const nb::capsule owner(new Tensor(x), [](void* p) noexcept { delete static_cast<Tensor*>(p); });
  const std::vector<size_t> shape(x.shape().begin(), x.shape().end());
  void* data = dispatch(x.dtype(), [&]<class T>() -> void* { return x.data<T>(); });
  static char nothing;  // where an array without elements begins
  return nb::ndarray<Framework...>(data ? data : &nothing, shape.size(), shape.data(), owner,
                                   x.strides().data(), dlpack_dtype(x.dtype()),
                                   nb::device::cpu::value);
}

// The array's memory, which the tensor keeps alive.
Tensor from_array(const nb::ndarray<nb::device::cpu>& array) {
  const auto sizes = array.shape_ptr(), strides = array.stride_ptr();
  return from_blob(array.data(), {sizes, sizes + array.ndim()}, {strides, strides + array.ndim()},
                   from_dlpack(array.dtype()),
                   std::make_shared<nb::ndarray<nb::device::cpu>>(array));
}

// The only element as int, float or bool.
nb::object item(const Tensor& x) {
  return dispatch(x.dtype(), [&]<class T>() { return nb::cast(x.item<T>()); });
}

nb::object as_list(const Tensor& x) {
  if (x.dim() == 0) return item(x);
  nb::list rows;
  for (int64_t i = 0; i < x.size(0); ++i) rows.append(as_list(x.select(0, i)));
  return rows;
}

int64_t length(const Tensor& x) {
  require<ShapeError>(x.dim() > 0, "a tensor of shape [] has no length");
  return x.size(0);
}

void bind_dtype(nb::module_& m) {
  nb::enum_<DType>(m, "DType", "The type of a tensor's elements.")
      .value("float32", DType::float32)
      .value("float64", DType::float64)
      .value("int64", DType::int64)
      .value("bool_", DType::boolean)
      .def_prop_ro(
          "itemsize", [](DType dtype) { return size_of(dtype); }, "Bytes of an element.")
      .def_prop_ro("is_floating_point", &is_floating);
}

void bind_properties(TensorClass& tensor) {
  tensor
      .def_prop_ro(
          "shape", [](const Tensor& x) { return nb::tuple(nb::cast(x.shape())); },
          nb::sig("def shape(self) -> tuple[int, ...]"))
      .def_prop_ro("dtype", &Tensor::dtype)
      .def_prop_ro("ndim", &Tensor::dim)
      .def_prop_ro("is_leaf", &Tensor::is_leaf)
      .def_prop_ro("version", &Tensor::version, "How often its memory was changed in place.")
      .def("dim", &Tensor::dim)
      .def("numel", &Tensor::numel)
      .def(
          "size", [](const Tensor& x) { return nb::tuple(nb::cast(x.shape())); },
          nb::sig("def size(self) -> tuple[int, ...]"))
      .def("size", &Tensor::size, "dim"_a)
      .def(
          "stride", [](const Tensor& x) { return nb::tuple(nb::cast(x.strides())); },
          nb::sig("def stride(self) -> tuple[int, ...]"), "In elements.")
      .def(
          "data_ptr",
          [](const Tensor& x) {
            return dispatch(x.dtype(),
                            [&]<class T>() { return reinterpret_cast<uintptr_t>(x.data<T>()); });
          },
          "The address of the first element.")
      .def("is_contiguous", &Tensor::is_contiguous)
      .def("is_same", &Tensor::is_same, "other"_a, "Whether both are handles of one tensor.")
      .def("__len__", &length)
      .def("__hash__", [](const Tensor& x) { return std::hash<const void*>()(x.impl()); })
      .def("__repr__", [](const Tensor& x) { return to_string(x); });
}

void bind_elements(TensorClass& tensor) {
  tensor.def("item", &item, nb::sig("def item(self) -> float"), "The only element.")
      .def("tolist", &as_list, nb::sig("def tolist(self) -> typing.Any"))
      .def("__float__", [](const Tensor& x) { return nb::float_(item(x)); })
      .def("__int__", [](const Tensor& x) { return nb::int_(item(x)); })
      .def("__bool__", [](const Tensor& x) { return nb::cast<bool>(nb::bool_(item(x))); })
      .def(
          "numpy", [](const Tensor& x) { return share<nb::numpy>("numpy()", x); },
          nb::sig("def numpy(self) -> numpy.ndarray"),
          "An array that shares the tensor's memory and keeps it alive.")
      .def(
          "__array__",
          [](const Tensor& x, const nb::object& dtype, const nb::object& copy) {
            return nb::module_::import_("numpy").attr("array")(
                nb::cast(share<nb::numpy>("numpy()", x)), "dtype"_a = dtype, "copy"_a = copy);
          },
          "dtype"_a = nb::none(), "copy"_a = nb::none(),
          nb::sig("def __array__(self, dtype: typing.Any = None, copy: bool | None = None) -> "
                  "numpy.ndarray"))
      .def(
          "__dlpack__", [](const Tensor& x, nb::kwargs) { return share<>("__dlpack__", x); },
          nb::sig("def __dlpack__(self, **options: object) -> object"))
      .def("__dlpack_device__", [](const Tensor&) { return std::pair(nb::device::cpu::value, 0); });
}

void bind_creation(nb::module_& m) {
  m.def("from_array", &from_array, "array"_a,
        nb::sig("def from_array(array: numpy.ndarray) -> Tensor"),
        "A tensor that shares the array's memory and keeps it alive; see from_numpy().");
  const auto dtype = "dtype"_a = DType::float32;
  m.def("empty", &empty, "shape"_a, dtype, "Not initialised.");
  m.def("full", &full, "shape"_a, "value"_a, dtype);
  m.def("zeros", &zeros, "shape"_a, dtype);
  m.def("ones", &ones, "shape"_a, dtype);
  m.def("empty_like", &empty_like, "input"_a);
  m.def("zeros_like", &zeros_like, "input"_a);
  m.def("ones_like", &ones_like, "input"_a);
  m.def("arange", &arange, "end"_a, "dtype"_a = DType::int64, "[0, 1, ..., end − 1]");
  m.def(
      "rand",
      [](const Shape& shape, DType type) { return rand(shape, default_generator().next(), type); },
      "shape"_a, dtype, "Uniform in [0, 1).");
  m.def(
      "randn",
      [](const Shape& shape, DType type) { return randn(shape, default_generator().next(), type); },
      "shape"_a, dtype, "Normal, with mean 0 and variance 1.");
}

}  // namespace

void bind_tensor(nb::module_& m, TensorClass& tensor) {
  bind_dtype(m);
  bind_properties(tensor);
  bind_elements(tensor);
  bind_creation(m);
}

}  // namespace gradus::python
