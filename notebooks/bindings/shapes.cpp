// What moves elements and computes nothing: views, parts, joins, lookups.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

using Ints = std::vector<int64_t>;

// x.view(2, 3) and x.view((2, 3)).
Ints ints_of(const nb::args& given) {
  if (given.size() == 1 && nb::isinstance<nb::sequence>(given[0])) return nb::cast<Ints>(given[0]);
  return nb::cast<Ints>(given);
}

template <Tensor (*f)(const Tensor&, const Ints&)>
Tensor of_ints(const Tensor& x, const nb::args& given) {
  const Ints ints = ints_of(given);
  const nb::gil_scoped_release release;
  return f(x, ints);
}

// Sizes are taken one by one or as a sequence.
void bind_sizes(nb::module_& m, TensorClass& tensor) {
  tensor
      .def("view", &of_ints<view>,
           nb::sig("def view(self, *shape: int | collections.abc.Sequence[int]) -> Tensor"),
           "The same memory under another shape; one size may be -1.")
      .def("reshape", &of_ints<reshape>,
           nb::sig("def reshape(self, *shape: int | collections.abc.Sequence[int]) -> Tensor"),
           "A view where that is possible, else a copy.")
      .def("permute", &of_ints<permute>,
           nb::sig("def permute(self, *dims: int | collections.abc.Sequence[int]) -> Tensor"))
      .def("expand", &of_ints<expand>,
           nb::sig("def expand(self, *shape: int | collections.abc.Sequence[int]) -> Tensor"),
           "Sizes of 1 stretch, by stride 0.")
      .def("repeat", &of_ints<repeat>,
           nb::sig("def repeat(self, *repeats: int | collections.abc.Sequence[int]) -> Tensor"))
      .def("flip", &of_ints<flip>,
           nb::sig("def flip(self, *dims: int | collections.abc.Sequence[int]) -> Tensor"));
  m.def("reshape", &reshape, "input"_a, "shape"_a, NoGil());
  m.def("permute", &permute, "input"_a, "dims"_a, NoGil());
  m.def("flip", &flip, "input"_a, "dims"_a, NoGil());
}

void bind_views(Operations& ops, TensorClass& tensor) {
  ops.def("transpose", &transpose, "dim0"_a, "dim1"_a)
      .def("squeeze", &squeeze, "dim"_a)
      .def("unsqueeze", &unsqueeze, "dim"_a)
      .def("flatten", &flatten, "start_dim"_a = 0, "end_dim"_a = -1)
      .def("unflatten", &unflatten, "dim"_a, "sizes"_a)
      .def("select", &select, "dim"_a, "index"_a)
      .def("narrow", &narrow, "dim"_a, "start"_a, "length"_a)
      .def("slice", &slice, "dim"_a, "start"_a = nb::none(), "stop"_a = nb::none(), "step"_a = 1,
           "x[start:stop:step] along `dim`.")
      .def("diagonal", &diagonal, "offset"_a = 0, "dim1"_a = 0, "dim2"_a = 1)
      .def("unfold", &unfold, "dim"_a, "size"_a, "step"_a)
      .def("split", static_cast<Tensors (*)(const Tensor&, int64_t, int64_t)>(&split),
           "split_size"_a, "dim"_a = 0)
      .def("split", static_cast<Tensors (*)(const Tensor&, const Ints&, int64_t)>(&split),
           "split_size"_a, "dim"_a = 0)
      .def("chunk", &chunk, "chunks"_a, "dim"_a = 0)
      .def("clone", static_cast<Tensor (*)(const Tensor&)>(&clone))
      .def("contiguous", static_cast<Tensor (*)(const Tensor&)>(&contiguous))
      .def("tril", &tril, "diagonal"_a = 0)
      .def("triu", &triu, "diagonal"_a = 0)
      .def("roll", &roll, "shifts"_a, "dims"_a);
  tensor.def_prop_ro("T", [](const Tensor& x) {
    require<ShapeError>(x.dim() == 2, "T: expected a matrix, got {}", describe(x));
    return x.transpose(0, 1);
  });
}

void bind_lookups(Operations& ops) {
  ops.def("gather", &gather, "dim"_a, "index"_a)
      .def("scatter_add", &scatter_add, "dim"_a, "index"_a, "src"_a)
      .def("index_select", &index_select, "dim"_a, "index"_a)
      .function(
          "index",
          [](const Tensor& x, const std::vector<MaybeTensor>& indices) {
            Tensors all;
            for (const MaybeTensor& part : indices) all.push_back(or_undefined(part));
            return index(x, all);
          },
          "input"_a, "indices"_a, "input[indices...]; None is a whole dimension.")
      .function("index_add", &index_add, "shape"_a, "index"_a, "source"_a,
                "A zero tensor of `shape` to whose row index[i] source[i] is added.")
      .function("embedding", &embedding, "input"_a, "weight"_a, "weight[input]")
      .function("one_hot", &one_hot, "input"_a, "num_classes"_a = -1)
      .function("cat", &cat, "tensors"_a, "dim"_a = 0)
      .function("stack", &stack, "tensors"_a, "dim"_a = 0)
      .function("pad", &pad, "input"_a, "pad"_a, "value"_a = 0.0);
}

}  // namespace

void bind_shapes(nb::module_& m, TensorClass& tensor) {
  bind_sizes(m, tensor);
  Operations ops(m, tensor);
  bind_views(ops, tensor);
  bind_lookups(ops);
}

}  // namespace gradus::python
