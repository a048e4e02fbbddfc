// gradus._gradus: the engine, the layers and the models for Python, under the names of PyTorch. The
// package around it (notebooks/gradus) is what people import.
#include <regex>

#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {

Kept keep(nb::object object) {
  return {new nb::object(std::move(object)), [](nb::object* owned) {
            if (!Py_IsInitialized()) return;  // the interpreter is gone, and its objects with it
            const nb::gil_scoped_acquire gil;
            delete owned;
          }};
}

std::string typed(std::string_view signature) {
  static const std::regex name("\\bTensor\\b");
  return std::regex_replace(std::string(signature), name, "gradus._gradus.core.Tensor");
}

}  // namespace gradus::python

NB_MODULE(_gradus, m) {
  using namespace gradus::python;
  nb::set_leak_warnings(false);  // a notebook ends with its variables alive
  bind_errors();
  nb::module_ core = m.def_submodule("core", "Tensors and their operations.");
  TensorClass tensor(core, "Tensor", nb::is_weak_referenceable(),
                     "A handle of a tensor: (storage, dtype, shape, strides, place in the graph).");
  bind_tensor(core, tensor);
  bind_indexing(tensor);
  bind_arithmetic(core, tensor);
  bind_reductions(core, tensor);
  bind_shapes(core, tensor);
  bind_networks(core, tensor);
  bind_tools(core);

  nb::module_ autograd = m.def_submodule("autograd", "Gradients, and whether they are right.");
  bind_autograd(autograd, tensor);
  bind_function(autograd);
  bind_gradcheck(autograd);
  bind_graph(autograd);

  nb::module_ nn = m.def_submodule("nn", "Modules, layers, optimizers.");
  bind_modules(nn);
  bind_optimizers(nn);
  nb::module_ text = m.def_submodule("text", "Text: corpora, WordPiece, masked batches.");
  bind_text(text);
  nb::module_ bert = m.def_submodule("bert", "BERT, its pre-training, and views into it.");
  bind_bert(bert);
  bind_training(bert);
}
