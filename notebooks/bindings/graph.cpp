// The graph behind some results, to be drawn.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

void bind_parts_of_graph(nb::module_& m) {
  nb::class_<GraphValue>(m, "GraphValue")
      .def_prop_ro(
          "shape", [](const GraphValue& value) { return nb::tuple(nb::cast(value.shape)); },
          nb::sig("def shape(self) -> tuple[int, ...]"))
      .def_ro("dtype", &GraphValue::dtype)
      .def_ro("norm", &GraphValue::norm, "√Σx²; None if the tensor is gone.")
      .def_ro("gradient_norm", &GraphValue::gradient_norm);
  nb::class_<GraphNode>(m, "GraphNode", "A recorded operation, or a leaf.")
      .def_ro("op", &GraphNode::op)
      .def_ro("name", &GraphNode::name)
      .def_ro("inputs", &GraphNode::inputs, "Shapes, those of constants included.")
      .def_ro("outputs", &GraphNode::outputs);
  nb::class_<GraphEdge>(m, "GraphEdge",
                        "Output `output` of node `source` is input `input` of `to`.")
      .def_ro("source", &GraphEdge::from)
      .def_ro("output", &GraphEdge::output)
      .def_ro("to", &GraphEdge::to)
      .def_ro("input", &GraphEdge::input);
}

GraphView view_of(const OneOrMore& outputs, const std::map<std::string, Tensor>& names,
                  bool gradients) {
  return graph_view(list_of(outputs), {.names = names, .gradients = gradients});
}

}  // namespace

void bind_graph(nb::module_& autograd) {
  bind_parts_of_graph(autograd);
  nb::class_<GraphView>(autograd, "GraphView")
      .def_ro("nodes", &GraphView::nodes, "Each after those that made its inputs.")
      .def_ro("edges", &GraphView::edges)
      .def("to_dot", &to_dot, "For graphviz.")
      .def("to_json", static_cast<std::string (*)(const GraphView&)>(&to_json));
  autograd.def(
      "graph_view", &view_of, "outputs"_a, "names"_a = std::map<std::string, Tensor>(),
      "gradients"_a = false, NoGil(),
      nb::sig(typed("def graph_view(outputs: Tensor | collections.abc.Sequence[Tensor], names: "
                    "dict[str, Tensor] = {}, gradients: bool = False) -> GraphView")
                  .c_str()),
      "The operations that made the outputs. Results inside it have norms where KeepValues "
      "kept them; with gradients, also those of a backward that changes nobody's grad.");
  bind_scope<KeepValues>(autograd, "KeepValues", "Inside, all results of operations are kept.");
}

}  // namespace gradus::python
