// What goes over whole dimensions: sums, extrema, statistics, order, products.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

using MaybeDim = std::optional<int64_t>;

// The arguments that most have.
auto all_dims() { return "dim"_a.none() = nb::none(); }
auto no_keepdim() { return "keepdim"_a = false; }

void bind_values_and_indices(nb::module_& m) {
  nb::class_<ValuesAndIndices>(m, "ValuesAndIndices", "Elements, and where they were found.")
      .def_ro("values", &ValuesAndIndices::values)
      .def_ro("indices", &ValuesAndIndices::indices)
      .def("__len__", [](const ValuesAndIndices&) { return 2; })
      .def(
          "__iter__",
          [](const ValuesAndIndices& both) {
            return nb::iter(nb::make_tuple(both.values, both.indices));
          },
          nb::sig("def __iter__(self) -> collections.abc.Iterator[Tensor]"));
}

void bind_sums(Operations& ops) {
  ops.def("sum", static_cast<Tensor (*)(const Tensor&, const Dims&, bool)>(&sum), all_dims(),
          no_keepdim())
      .def("mean", static_cast<Tensor (*)(const Tensor&, const Dims&, bool)>(&mean), all_dims(),
           no_keepdim())
      .def("prod", &prod, all_dims(), no_keepdim())
      .def("cumsum", &cumsum, "dim"_a)
      .def(
          "var",
          [](const Tensor& x, const Dims& dims, double correction, bool keepdim) {
            return var(x, dims, {.correction = correction, .keepdim = keepdim});
          },
          all_dims(), "correction"_a = 1.0, no_keepdim(), "Σ (x − mean)² / (n − correction)")
      .def(
          "std",
          [](const Tensor& x, const Dims& dims, double correction, bool keepdim) {
            return gradus::std(x, dims, {.correction = correction, .keepdim = keepdim});
          },
          all_dims(), "correction"_a = 1.0, no_keepdim())
      .def("norm", &norm, "p"_a = 2.0, all_dims(), no_keepdim(), "(Σ |x|ᵖ)^(1/p)")
      .def("logsumexp", &logsumexp, all_dims(), no_keepdim(), "ln Σ exp(x), without overflow");
}

void bind_extrema(Operations& ops) {
  using Reduce = Tensor (*)(const Tensor&);
  using Along = ValuesAndIndices (*)(const Tensor&, int64_t, bool);
  ops.def("amax", &amax, all_dims(), no_keepdim())
      .def("amin", &amin, all_dims(), no_keepdim())
      .def("max", static_cast<Reduce>(&max))
      .def("max", static_cast<Along>(&max), "dim"_a, no_keepdim())
      .def("min", static_cast<Reduce>(&min))
      .def("min", static_cast<Along>(&min), "dim"_a, no_keepdim())
      .def("argmax", static_cast<Tensor (*)(const Tensor&, MaybeDim, bool)>(&argmax),
           "dim"_a = nb::none(), no_keepdim())
      .def("argmin", &argmin, "dim"_a = nb::none(), no_keepdim())
      .def("sort", &sort, "dim"_a = -1, "descending"_a = false)
      .def("argsort", &argsort, "dim"_a = -1, "descending"_a = false)
      .def("topk", &topk, "k"_a, "dim"_a = -1, "largest"_a = true);
}

void bind_products(Operations& ops) {
  ops.def("matmul", &matmul, "other"_a, "[..., m, k] · [..., k, n] → [..., m, n]")
      .def("dot", &dot, "other"_a)
      .def("mv", &mv, "vec"_a)
      .def("outer", &outer, "vec2"_a)
      .def("bmm", &bmm, "mat2"_a)
      .def(
          "addmm",
          [](const Tensor& x, const Tensor& a, const Tensor& b, double beta, double alpha) {
            return addmm(x, a, b, {.beta = beta, .alpha = alpha});
          },
          "mat1"_a, "mat2"_a, "beta"_a = 1.0, "alpha"_a = 1.0, "beta·input + alpha·mat1·mat2")
      .function(
          "einsum",
          [](std::string_view equation, const Tensors& operands) {
            return einsum(equation, operands);
          },
          "equation"_a, "operands"_a, "Sums of products: einsum(\"ij,jk->ik\", [a, b])");
}

}  // namespace

void bind_reductions(nb::module_& m, TensorClass& tensor) {
  bind_values_and_indices(m);
  Operations ops(m, tensor);
  bind_sums(ops);
  bind_extrema(ops);
  bind_products(ops);
}

}  // namespace gradus::python
