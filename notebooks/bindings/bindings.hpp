// The parts of the extension module: one function for each source file in this folder, called in this
// order by module.cpp.
#pragma once

#include "notebooks/bindings/support.hpp"

namespace gradus::python {

void bind_errors();
void bind_tensor(nb::module_& m, TensorClass& tensor);
void bind_indexing(TensorClass& tensor);
void bind_arithmetic(nb::module_& m, TensorClass& tensor);
void bind_reductions(nb::module_& m, TensorClass& tensor);
void bind_shapes(nb::module_& m, TensorClass& tensor);
void bind_networks(nb::module_& m, TensorClass& tensor);
void bind_autograd(nb::module_& autograd, TensorClass& tensor);
void bind_function(nb::module_& autograd);
void bind_gradcheck(nb::module_& autograd);
void bind_graph(nb::module_& autograd);
void bind_tools(nb::module_& m);
void bind_modules(nb::module_& nn);
void bind_optimizers(nb::module_& nn);
void bind_text(nb::module_& text);
void bind_bert(nb::module_& bert);
void bind_training(nb::module_& bert);

}  // namespace gradus::python
